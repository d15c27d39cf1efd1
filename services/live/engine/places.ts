import { ANONYMOUS_LIMIT } from "../../../contract/live.ts";
import { RefusedError } from "../../../lib/errors.ts";
import type { ProblemCode } from "../../../lib/problem-codes.ts";
import type { Config } from "../../../config/config.ts";
import { connectionLimit } from "../../gateway/guard/descriptors.ts";

/** The share of the node's connections that live ones leave to requests, because otherwise nobody could make one. */
const REQUESTS_SHARE = 1 / 8;
/** Connections of one address that have not been accepted yet, at a time. A client needs a moment for each. */
const UNJOINED_LIMIT = 100;
/**
 * New connections a second, and at once after a quiet time. Accepting one takes 2 to 3 ms with its reads. After a
 * restart thousands come back together, and the node has other work as well. A program that opens many at once, and
 * does not try again, should still get some hundreds.
 */
const CONNECTS_PER_SECOND = 200;
const CONNECTS_AT_ONCE = 1000;
/** A client that finds the node busy should come back within this time, each at another moment. */
const COME_BACK_SECONDS = 10;

/** A connection's place on this node. */
export interface Place {
  /** The client's address, as limits count it. */
  readonly address: string;
  /** Accepts the connection. @throws RefusedError 429 when its address has too many without a login */
  join(isAnonymous: boolean): void;
  /** Gives the place back. */
  leave(): void;
}

type PlacesConfig = Pick<Config, "socketsLimit" | "maxConnections" | "rateLimitScale">;

/** Counts the connections of this node and of each address, before anything is kept for them. */
export function createPlaces({ socketsLimit, maxConnections, rateLimitScale }: PlacesConfig) {
  const most = Math.min(socketsLimit, Math.floor(connectionLimit(maxConnections) * (1 - REQUESTS_SHARE)));
  const scaled = (limit: number) => Math.max(1, Math.floor(limit * rateLimitScale));
  const limits = { unjoined: scaled(UNJOINED_LIMIT), anonymous: scaled(ANONYMOUS_LIMIT) };
  const byAddress = new Map<string, { unjoined: number; anonymous: number }>();
  let taken = 0;
  let isClosed = false;
  /** A token bucket of connects, and when it was last filled. */
  let bucket = { tokens: CONNECTS_AT_ONCE, at: performance.now() };

  function takeToken(): boolean {
    const now = performance.now();
    const tokens = Math.min(CONNECTS_AT_ONCE, bucket.tokens + ((now - bucket.at) / 1000) * CONNECTS_PER_SECOND);
    bucket = { tokens: tokens < 1 ? tokens : tokens - 1, at: now };
    return tokens >= 1;
  }

  return {
    /** Refuses new connections from now on, because the node shuts down. */
    close(): void {
      isClosed = true;
    },

    /** @throws RefusedError 429 when the address has too many connections, 503 when the node takes no more */
    reserve(address: string): Place {
      const counts = byAddress.get(address) ?? { unjoined: 0, anonymous: 0 };
      if (counts.unjoined >= limits.unjoined) {
        throw refusal(429, "TOO_MANY_CONNECTIONS", "Too many connections from this address are being made", 2);
      }
      if (isClosed) throw refusal(503, "SHUTTING_DOWN", "This node is shutting down. Connect to another one.", 1);
      if (taken >= most) {
        throw refusal(503, "NODE_FULL", "This node holds as many connections as it can. Try another one.", spread());
      }
      if (!takeToken()) throw refusal(503, "NODE_BUSY", "Too many clients connect at once. Try again.", spread());
      byAddress.set(address, counts);
      taken++;
      counts.unjoined++;
      let state: "unjoined" | "anonymous" | "member" | "left" = "unjoined";
      return {
        address,
        join(isAnonymous) {
          if (state !== "unjoined") return;
          if (isAnonymous && counts.anonymous >= limits.anonymous) {
            throw refusal(429, "TOO_MANY_CONNECTIONS", "Too many connections without a login from this address", 60);
          }
          counts.unjoined--;
          if (isAnonymous) counts.anonymous++;
          state = isAnonymous ? "anonymous" : "member";
        },
        leave() {
          if (state === "left") return;
          if (state !== "member") counts[state]--;
          state = "left";
          taken--;
          // Another connection of the address may still be a member, and its place has these counts as well.
          if (counts.unjoined + counts.anonymous === 0 && byAddress.get(address) === counts) byAddress.delete(address);
        },
      };
    },
  };
}

export type Places = ReturnType<typeof createPlaces>;

function spread(): number {
  return 1 + Math.floor(Math.random() * COME_BACK_SECONDS);
}

function refusal(status: number, code: ProblemCode, detail: string, retryAfterSeconds: number): RefusedError {
  return new RefusedError(detail, status, code, { headers: { "Retry-After": `${retryAfterSeconds}` } });
}
