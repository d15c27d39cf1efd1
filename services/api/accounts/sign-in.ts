import type { IncomingMessage } from "node:http";
import { call, type Caller } from "../../../contract/call.ts";
import type { LoginPlace, ProfileRecord, Session } from "../../../contract/records.ts";
import { Username } from "../../../contract/shapes.ts";
import { typedName } from "../../../contract/usernames.ts";
import { ForbiddenError, InvalidError, UnauthorizedError } from "../../../lib/errors.ts";
import type { Node } from "../../../seams/node.ts";
import { addressOf } from "../../gateway/address.ts";
import { hashToken, newToken, sessionCookies } from "../../gateway/auth.ts";
import { deviceCookie, deviceToken } from "./device.ts";
import { createGuessLimits } from "./guesses.ts";
import { derive, hashPassword } from "./passwords.ts";
import { weaknessOf } from "./weak-passwords.ts";

/** A new session: its owner and token, and the cookies for a browser. */
interface SignedIn {
  user: ProfileRecord;
  token: string;
  headers: { "Set-Cookie": string[] };
}

/** Labels of the host's name that are shorter, such as "www" and "org", are no name of the site. */
const SITE_LABEL_MIN_LENGTH = 4;

/** Sign-up, login and change of password. Passwords, tokens and device cookies leave this node only as hashes. */
export function createSignIn({ config, limiter }: Pick<Node, "config" | "limiter">) {
  const { publicUrl, trustProxy } = config;
  const guesses = createGuessLimits(limiter);
  const { hostname } = new URL(publicUrl);
  const labels = hostname.split(".").filter((label) => label.length >= SITE_LABEL_MIN_LENGTH);
  const siteNames = ["starling", hostname, ...labels];

  /** @throws InvalidError when the password is one of the first that a guesser tries */
  async function refuseWeak(password: string, names: string[]): Promise<void> {
    const message = await weaknessOf(password, [...names, ...siteNames]);
    if (message !== null) throw new InvalidError([{ field: "password", message }]);
  }

  function placeOf(req: IncomingMessage, device: string | undefined): LoginPlace {
    return { device: device === undefined ? null : hashToken(device), address: addressOf(req, trustProxy) };
  }

  function signedIn(user: ProfileRecord, token: string, device: string): SignedIn {
    const cookies = [...sessionCookies(token, publicUrl), deviceCookie(device, publicUrl)];
    return { user, token, headers: { "Set-Cookie": cookies } };
  }

  return {
    /** @throws InvalidError, ConflictError, UnavailableError */
    async signUp(
      caller: Caller,
      req: IncomingMessage,
      { username, password, displayName }: { username: string; password: string; displayName?: string | undefined },
    ): Promise<SignedIn> {
      await refuseWeak(password, displayName === undefined ? [username] : [username, displayName]);
      // Look for the name before hashing, because a hash costs far more than a read.
      await call(caller, "users.checkUsername", { username });
      const [token, device] = [newToken(), newToken()];
      const user = await call(caller, "users.signup", {
        username,
        displayName,
        passwordHash: await hashPassword(password),
        sessionId: hashToken(token),
        userAgent: req.headers["user-agent"],
        place: placeOf(req, device),
      });
      return signedIn(user, token, device);
    },

    /** @throws UnauthorizedError; RefusedError 429 after too many guesses; UnavailableError */
    async logIn(
      caller: Caller,
      req: IncomingMessage,
      { username: typed, password }: { username: string; password: string },
    ): Promise<SignedIn> {
      const username = typedName(typed);
      // All halves of surrogates are one character to a hash, so such text would match what the owner never typed.
      if (!password.isWellFormed()) throw wrongCredentials();
      if (!Username.safeParse(username).success) {
        // Nobody can have this name, so nothing is counted; but the answer takes as long as for an unknown name.
        await derive(password, null);
        throw wrongCredentials();
      }
      const given = deviceToken(req.headers);
      const { recipe, knows } = await call(caller, "users.beginLogin", { username, place: placeOf(req, given) });
      const guess = {
        account: username.toLowerCase(),
        place: knows.device ? `device ${hashToken(given!)}` : addressOf(req, trustProxy),
        isStranger: !knows.device && !knows.address,
      };
      const state = await guesses.count(guess);
      const token = newToken();
      // Another account's browser gets a new mark, so that nobody can plant one that they know.
      const device = knows.device ? given! : newToken();
      const user = await call(caller, "users.login", {
        username,
        derived: await derive(password, recipe),
        sessionId: hashToken(token),
        userAgent: req.headers["user-agent"],
        place: placeOf(req, device),
      }).catch((error: unknown) => {
        // A failed login reports how many attempts remain for this account.
        throw Object.assign(error as Error, { data: { state } });
      });
      await guesses.succeed(guess);
      return signedIn(user, token, device);
    },

    /** @throws InvalidError, ForbiddenError, UnavailableError */
    async changePassword(
      caller: Caller,
      session: Session,
      { current, password }: { current: string; password: string },
    ): Promise<void> {
      const { userId } = session;
      const [me] = await call(caller, "users.refs", { ids: [userId] });
      await refuseWeak(password, me ? [me.username, me.displayName] : []);
      if (!current.isWellFormed()) throw new ForbiddenError("The current password is wrong", "WRONG_CREDENTIALS");
      const recipe = await call(caller, "users.passwordRecipe", { userId });
      const derived = await derive(current, recipe);
      const passwordHash = await hashPassword(password);
      await call(caller, "users.changePassword", { ...session, derived, passwordHash });
    },
  };
}

function wrongCredentials(): UnauthorizedError {
  return new UnauthorizedError("Wrong username or password.", "WRONG_CREDENTIALS");
}
