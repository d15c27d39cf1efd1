import { RefusedError } from "../../../lib/errors.ts";
import { tryAgainIn } from "../../../lib/try-again.ts";
import type { LimitState, RateLimiter } from "../../../seams/limits/rate-limiter.ts";
import { GUESS_LIMITS } from "../../gateway/limits.ts";

/** A login that is about to be checked. */
interface Guess {
  /** The name that was typed, in lower case. */
  account: string;
  /** The browser if this account has logged in from it, else the client's address. */
  place: string;
  /** Whether this account has never logged in from this browser or this address. */
  isStranger: boolean;
}

/** The delay doubles after this many tries. */
const TRIES_PER_DOUBLING = 3;
/** The longest delay, and so the longest that an attack keeps the owner out of a new place after it has ended. */
const DELAY_LIMIT_SECONDS = 60;

/**
 * Limits guesses at passwords. Each place has few tries. All strangers together have many, and then growing delays: a
 * lock would let anybody keep the owner out. A place from which the owner has logged in before has its own count alone,
 * so no stranger can lock it.
 */
export function createGuessLimits(limiter: RateLimiter) {
  const placeKey = ({ account, place }: Guess) => `${account} ${place}`;

  /**
   * Lets in one stranger's try in each delay. Refused ones don't make the delay grow, and nothing waits in memory.
   *
   * @returns null for a try that is let in, else the state of the delay
   */
  async function delay(account: string): Promise<LimitState | null> {
    const late = await limiter.hit(GUESS_LIMITS.late, account);
    const doublings = Math.floor((late.limit - late.remaining - 1) / TRIES_PER_DOUBLING);
    const seconds = Math.min(DELAY_LIMIT_SECONDS, 2 ** doublings);
    const turn = await limiter.hit({ name: `login-delay-${seconds}`, points: 1, windowSeconds: seconds }, account);
    if (turn.allowed) return null;
    await limiter.giveBack(GUESS_LIMITS.late, account);
    return turn;
  }

  return {
    /**
     * Counts a guess before the password is checked, so that many at once are counted, too.
     *
     * @returns the state of the place's limit, for the reply
     * @throws RefusedError 429
     */
    async count(guess: Guess): Promise<LimitState> {
      const state = await limiter.hit(GUESS_LIMITS.place, placeKey(guess));
      if (!state.allowed) throw refusal(state);
      if (guess.isStranger && !(await limiter.hit(GUESS_LIMITS.strangers, guess.account)).allowed) {
        const refused = await delay(guess.account);
        if (refused) {
          // No guess was made, so the place keeps its tries for when its turn comes.
          await limiter.giveBack(GUESS_LIMITS.place, placeKey(guess));
          throw refusal(refused);
        }
      }
      return state;
    },

    /** A success clears the count of its place. */
    succeed: (guess: Guess) => limiter.reset(GUESS_LIMITS.place, placeKey(guess)),
  };
}

function refusal(state: LimitState): RefusedError {
  return new RefusedError(`Too many attempts. ${tryAgainIn(state.reset)}`, 429, "RATE_LIMITED", { state });
}
