import type { ServiceBroker } from "moleculer";
import type { Params, Result } from "../../contract/call.ts";
import type { PasswordRecipe } from "../../contract/records.ts";
import {
  ConflictError,
  ForbiddenError,
  InvalidError,
  messageOf,
  NotFoundError,
  UnauthorizedError,
} from "../../lib/errors.ts";
import type { SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import { findMatch, isSamePassword, recipeOf, withHash } from "./passwords.ts";
import { keysOf } from "./people.ts";
import type { Places } from "./places.ts";
import type { Sessions } from "./sessions.ts";
import type { UserDoc } from "./user-doc.ts";
import { isReserved, usernameKey } from "./usernames.ts";

interface AccountParts {
  users: Collection<UserDoc>;
  sessions: Sessions;
  places: Places;
  ids: SnowflakeGenerator;
  logger: ServiceBroker["logger"];
}

/** Unknown names are looked up under this account, which has no places, so that they take as long as others. */
const NOBODY = "nobody";

/** A wrong name and a wrong password get the same answer, so that a login does not reveal which names exist. */
const wrongCredentials = () => new UnauthorizedError("Wrong username or password.", "WRONG_CREDENTIALS");
const nameTaken = (username: string) => new ConflictError(`The username ${username} is taken`, "USERNAME_TAKEN");

/** Sign-up, login and passwords. Passwords and tokens arrive hashed: see `contract/actions.ts`. */
export function createAccounts({ users, sessions, places, ids, logger }: AccountParts) {
  const findByName = (username: string) => users.findOne({ usernameKey: usernameKey(username) }, { fresh: true });

  async function insert(username: string, displayName: string, passwordHash: string): Promise<UserDoc> {
    const account = {
      username,
      usernameKey: usernameKey(username),
      displayName,
      bio: "",
      avatarId: null,
      passwordHash,
      ...keysOf({ username, displayName }),
    };
    for (;;) {
      const { inserted, taken } = await insertIfFree(users, { _id: ids.next(), ...account });
      if (inserted) return inserted;
      if (taken === "usernameKey") throw nameTaken(username);
      // Two nodes drew the same id: draw again.
    }
  }

  /** A login that can't be remembered is a login all the same: the next one is then counted as a stranger's. */
  async function remember(userId: string, place: Params<"users.login">["place"]): Promise<void> {
    await places.remember(userId, place).catch((error: unknown) => {
      logger.warn("The place of a login was not stored:", messageOf(error));
    });
  }

  /** @throws InvalidError, ConflictError */
  async function checkUsername({ username }: Params<"users.checkUsername">): Promise<void> {
    if (isReserved(username)) throw new InvalidError([{ field: "username", message: "is reserved" }]);
    if (await users.findOne({ usernameKey: usernameKey(username) })) throw nameTaken(username);
  }

  return {
    checkUsername,

    /** @throws InvalidError, ConflictError */
    async signUp(params: Params<"users.signup">): Promise<UserDoc> {
      const { username, displayName = username, passwordHash, sessionId, userAgent, place } = params;
      await checkUsername({ username });
      const user = await insert(username, displayName, passwordHash);
      await Promise.all([sessions.open(sessionId, user._id, place.address, userAgent), remember(user._id, place)]);
      return user;
    },

    async beginLogin({ username, place }: Params<"users.beginLogin">): Promise<Result<"users.beginLogin">> {
      const user = await findByName(username);
      const knows = await places.knows(user?._id ?? NOBODY, place);
      return { recipe: user && recipeOf(user.passwordHash), knows };
    },

    /** @throws UnauthorizedError */
    async logIn({ username, derived, sessionId, userAgent, place }: Params<"users.login">): Promise<UserDoc> {
      // From the primary: the password may have been changed because somebody else knows the old one.
      const user = await findByName(username);
      const match = user ? findMatch(user.passwordHash, derived) : -1;
      if (!user || match === -1) throw wrongCredentials();
      await sessions.open(sessionId, user._id, place.address, userAgent);
      // If the password changed during login, the change either ended this session already or we see the new one here.
      const now = await users.findById(user._id, { fresh: true });
      if (!now || !isSamePassword(now.passwordHash, user.passwordHash)) {
        await sessions.end([sessionId]);
        throw wrongCredentials();
      }
      await remember(user._id, place);
      // The account was made before passwords were normalized: keep the NFC form, which any device can type.
      if (match > 0) {
        const { passwordHash } = user;
        const renewed = withHash(passwordHash, derived[0]!);
        await users.updateOne({ _id: user._id, passwordHash }, { $set: { passwordHash: renewed } });
      }
      return user;
    },

    /** @throws NotFoundError */
    async passwordRecipe({ userId }: Params<"users.passwordRecipe">): Promise<PasswordRecipe> {
      const user = await users.findById(userId, { fresh: true });
      if (!user) throw new NotFoundError("There is no such user");
      return recipeOf(user.passwordHash);
    },

    /** Changes the password and ends the user's other sessions. @throws ForbiddenError */
    async changePassword(params: Params<"users.changePassword">): Promise<void> {
      const { userId, sessionId, derived, passwordHash } = params;
      for (;;) {
        const user = await users.findById(userId, { fresh: true });
        if (!user || findMatch(user.passwordHash, derived) === -1) {
          throw new ForbiddenError("The current password is wrong", "WRONG_CREDENTIALS");
        }
        // Replace only the hash that was checked, because another change may have come first.
        const checked = { _id: userId, passwordHash: user.passwordHash };
        if (await users.updateOne(checked, { $set: { passwordHash } })) break;
      }
      await sessions.endAll(userId, sessionId);
    },
  };
}
