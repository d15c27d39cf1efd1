import { createHash, randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { UnavailableError } from "../../lib/errors.ts";

/** Argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane. The library's own default. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes at once: each takes 19 MiB and one of libuv's four threads, which files and host names need too. */
const hashing = pLimit(2);
/** Who would wait behind so many others, some seconds, is better told to come back. */
const MOST_WAITING = 200;

/** The hash of no password: what a login with an unknown name is checked against, so that it takes as long. */
const NOBODY = hash(randomBytes(16).toString("hex"), ARGON2ID);

/** A bulkhead: however many log in at once, a node's other work goes on. */
function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (hashing.pendingCount >= MOST_WAITING) return Promise.reject(new UnavailableError("Too many are logging in"));
  return hashing(work);
}

/** @throws UnavailableError when too many wait already; so does {@link checkPassword} */
export function hashPassword(password: string): Promise<string> {
  return bounded(() => hash(password, ARGON2ID));
}

/** @param passwordHash null when there is no such user: takes the same time, and is false */
export async function checkPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const known = passwordHash ?? (await NOBODY);
  const right = await bounded(() => verify(known, password));
  return right && passwordHash !== null;
}

/** A new session token: 256 bits that nobody can guess. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a token. It has 256 bits of its own, so a fast hash is enough. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
