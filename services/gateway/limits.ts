import type { LimitSpec } from "../../seams/limits/rate-limiter.ts";

const MINUTE = 60;
const HOUR = 3600;

/**
 * How much one client may ask for. `RATE_LIMIT_SCALE` multiplies all of them. Generous for people and their programs;
 * the tight ones are those that a guesser of passwords or a spammer would run into.
 */
export const LIMITS = {
  /** Per user, or address of who is not logged in: 15 a second on the long run. */
  read: { name: "read", points: 900, window: MINUTE },
  /** Per user: follows, profile changes, deletions. */
  write: { name: "write", points: 300, window: MINUTE },
  /** Per user: a tweet every two seconds on the long run, with bursts. */
  tweet: { name: "tweet", points: 300, window: 10 * MINUTE },
  /** Per address: a school or an office behind one address still gets in. */
  signup: { name: "signup", points: 60, window: HOUR },
  /** Per address, all accounts together. */
  login: { name: "login", points: 100, window: 15 * MINUTE },
  /** Per account, whatever the address: 10 guesses; a right login starts the count anew. */
  account: { name: "account", points: 10, window: 15 * MINUTE },
  /** Per address: pictures and videos; a page of tweets shows dozens. */
  media: { name: "media", points: 6000, window: MINUTE },
  /** Per user: uploads. */
  upload: { name: "upload", points: 120, window: HOUR },
} as const satisfies Record<string, LimitSpec>;

/** The limits that an endpoint may name; `none` for what must always answer. */
export type LimitName = keyof typeof LIMITS | "none";
