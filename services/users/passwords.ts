import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { UnavailableError } from "../../lib/errors.ts";

/** Argon2id with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Two hashes at once: each takes 19 MiB and one of libuv's four threads, which files and DNS lookups need, too. */
const hashing = pLimit(2);
/** When this many logins wait, further ones would wait for several seconds. They are refused, and clients try again. */
const WAITING_LIMIT = 200;

/** A hash of a random password. Logins with unknown names check against it, so that they take as long as others. */
const NOBODY = hash(randomBytes(16).toString("hex"), ARGON2ID);

/** A bulkhead: many logins at once must not stop the node's other work. */
function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (hashing.pendingCount >= WAITING_LIMIT) return Promise.reject(new UnavailableError("Too many logins at once"));
  return hashing(work);
}

/** @returns a PHC string. @throws UnavailableError when too many hashes wait already */
export function hashPassword(password: string): Promise<string> {
  return bounded(() => hash(password, ARGON2ID));
}

/**
 * @param passwordHash null when there is no such user: the check takes the same time, and fails
 * @throws UnavailableError when too many hashes wait already
 */
export async function checkPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const known = passwordHash ?? (await NOBODY);
  const right = await bounded(() => verify(known, password));
  return right && passwordHash !== null;
}
