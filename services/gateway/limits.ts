import { RefusedError } from "../../lib/errors.ts";
import { tryAgainIn } from "../../lib/try-again.ts";
import type { LimitSpec, LimitState } from "../../seams/limits/rate-limiter.ts";

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;

/**
 * The rate limits of one client; `RATE_LIMIT_SCALE` multiplies all of them. They are generous for people and their
 * programs, and tight only against password guessing and spam.
 */
export const LIMITS = {
  /** Per user, or per address without a login: 15 a second in the long run. */
  read: { name: "read", points: 900, windowSeconds: MINUTE_SECONDS },
  /** Per user: follows, profile changes, deletions. */
  write: { name: "write", points: 300, windowSeconds: MINUTE_SECONDS },
  /** Per user: a tweet every two seconds in the long run, with bursts. */
  tweet: { name: "tweet", points: 300, windowSeconds: 10 * MINUTE_SECONDS },
  /** Per address: enough for a school or an office behind one address. */
  signup: { name: "signup", points: 60, windowSeconds: HOUR_SECONDS },
  /** Per address, for all accounts together. */
  login: { name: "login", points: 100, windowSeconds: 15 * MINUTE_SECONDS },
  /** Per user: changes of the password, which must give the current one. */
  password: { name: "password", points: 10, windowSeconds: 15 * MINUTE_SECONDS },
  /** Per address: downloads of pictures and videos. The limit is high, because one page of tweets shows dozens. */
  media: { name: "media", points: 6000, windowSeconds: MINUTE_SECONDS },
  /** Per address: new live connections. A school whose server restarts connects again at once. */
  handshake: { name: "handshake", points: 1200, windowSeconds: MINUTE_SECONDS },
  /** Per address: requests of live connections without a websocket, about two for each message. */
  poll: { name: "poll", points: 6000, windowSeconds: MINUTE_SECONDS },
  /** Per address: pages of the site, its documentation, and the files that they load. Each page loads a few. */
  page: { name: "page", points: 3000, windowSeconds: MINUTE_SECONDS },
  /** Per user: uploads. */
  upload: { name: "upload", points: 120, windowSeconds: HOUR_SECONDS },
} as const satisfies Record<string, LimitSpec>;

/**
 * The limits of guesses at one account's password, in addition to `LIMITS.login`. Keys begin with the name that was
 * typed, in lower case, whether or not there is such an account.
 */
export const GUESS_LIMITS = {
  /** Per account and place: the client's address, or a browser that this account has used. A success resets it. */
  place: { name: "login-place", points: 10, windowSeconds: 15 * MINUTE_SECONDS },
  /** Per account, for all strangers together. Beyond it, the account lets in one stranger's try at a time. */
  strangers: { name: "login-strangers", points: 100, windowSeconds: 15 * MINUTE_SECONDS },
  /** Per account: strangers' tries that were let in beyond `strangers`. The count makes the delays grow. */
  late: { name: "login-late", points: 30, windowSeconds: 15 * MINUTE_SECONDS },
} as const satisfies Record<string, LimitSpec>;

/** The refusal of a request that its limit does not allow. @param headers of the answer, for doors that make no others */
export function rateLimited(state: LimitState, headers?: Record<string, string>): RefusedError {
  const data = { state, ...(headers && { headers }) };
  return new RefusedError(`Too many requests. ${tryAgainIn(state.reset)}`, 429, "RATE_LIMITED", data);
}

/** The limits that an endpoint may name; `none` for endpoints that must always answer. */
export type LimitName = keyof typeof LIMITS | "none";
