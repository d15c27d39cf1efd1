import type { Params } from "../../contract/call.ts";
import { ConflictError, ForbiddenError, InvalidError, UnauthorizedError } from "../../lib/errors.ts";
import type { SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import { checkPassword, hashPassword } from "./passwords.ts";
import type { Sessions } from "./sessions.ts";
import type { UserDoc } from "./user-doc.ts";
import { isReserved, usernameKey } from "./usernames.ts";

interface AccountParts {
  users: Collection<UserDoc>;
  sessions: Sessions;
  ids: SnowflakeGenerator;
}

/** The result of a sign-up or a login. */
interface SignedIn {
  token: string;
  user: UserDoc;
}

/** A wrong name and a wrong password get the same answer, so that a login does not reveal which names exist. */
const wrongCredentials = () => new UnauthorizedError("The name or the password is wrong", "WRONG_CREDENTIALS");
const nameTaken = (username: string) => new ConflictError(`The name ${username} is taken`, "USERNAME_TAKEN");

/** Sign-up, login and passwords. */
export function createAccounts({ users, sessions, ids }: AccountParts) {
  async function insert(username: string, displayName: string, passwordHash: string): Promise<UserDoc> {
    const account = {
      username,
      usernameKey: usernameKey(username),
      displayName,
      bio: "",
      avatarId: null,
      passwordHash,
    };
    for (;;) {
      const { inserted, taken } = await insertIfFree(users, { _id: ids.next(), ...account });
      if (inserted) return inserted;
      if (taken === "usernameKey") throw nameTaken(username);
      // Two nodes drew the same id: draw again.
    }
  }

  return {
    /** @throws InvalidError, ConflictError */
    async signUp({ username, password, displayName = username, userAgent }: Params<"users.signup">): Promise<SignedIn> {
      if (isReserved(username)) throw new InvalidError([{ field: "username", message: "is reserved" }]);
      // Look for the name before hashing, because a hash costs far more than a read.
      if (await users.findOne({ usernameKey: usernameKey(username) })) throw nameTaken(username);
      const user = await insert(username, displayName, await hashPassword(password));
      return { token: await sessions.open(user._id, userAgent), user };
    },

    /** @throws UnauthorizedError */
    async logIn({ username, password, userAgent }: Params<"users.login">): Promise<SignedIn> {
      // From the primary: the password may have been changed because somebody else knows the old one.
      const user = await users.findOne({ usernameKey: usernameKey(username) }, { fresh: true });
      const isRight = await checkPassword(user?.passwordHash ?? null, password);
      if (!user || !isRight) throw wrongCredentials();
      const token = await sessions.open(user._id, userAgent);
      // If the password changed during login, the change either ended this session already or we see the new hash here.
      const now = await users.findById(user._id, { fresh: true });
      if (now?.passwordHash !== user.passwordHash) {
        await sessions.endByToken(token);
        throw wrongCredentials();
      }
      return { token, user };
    },

    /** Changes the password and ends the user's other sessions. @throws ForbiddenError */
    async changePassword({ userId, sessionId, current, password }: Params<"users.changePassword">): Promise<void> {
      const user = await users.findById(userId, { fresh: true });
      const passwordHash = user?.passwordHash ?? null;
      const isRight = await checkPassword(passwordHash, current);
      // Replace only the hash that was checked, because another change may have come first.
      const changed =
        isRight &&
        (await users.updateOne(
          { _id: userId, passwordHash },
          { $set: { passwordHash: await hashPassword(password) } },
        ));
      if (!changed) throw new ForbiddenError("The current password is wrong", "WRONG_CREDENTIALS");
      await sessions.endAll(userId, sessionId);
    },
  };
}
