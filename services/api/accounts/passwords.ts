import { randomBytes } from "node:crypto";
import { hash, hashRaw } from "@node-rs/argon2";
import pLimit from "p-limit";
import type { PasswordRecipe } from "../../../contract/records.ts";
import { UnavailableError } from "../../../lib/errors.ts";

/*
 * Passwords are hashed in the gateway that receives them, so that they never travel between nodes.
 */

/** Argon2id with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const SALT_BYTES = 16;

/** Two hashes at once: each takes 19 MiB and one of libuv's four threads, which files and DNS lookups need, too. */
const hashing = pLimit(2);
/** When this many logins wait, further ones would wait for several seconds. They are refused, and clients try again. */
const WAITING_LIMIT = 200;

/** A bulkhead: many logins at once must not stop the node's other work. */
function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (hashing.pendingCount >= WAITING_LIMIT) return Promise.reject(new UnavailableError("Too many logins at once"));
  return hashing(work);
}

/** One form for all ways of writing a password in Unicode: keyboards and systems differ (NIST SP 800-63B, 5.1.1.2). */
function normalize(password: string): string {
  return password.normalize("NFC");
}

/** @returns a PHC string. @throws UnavailableError when too many hashes wait already */
export function hashPassword(password: string): Promise<string> {
  return bounded(() => hash(normalize(password), ARGON2ID));
}

/**
 * Derives what the account's recipe makes of a password: of its NFC form, and then, if this differs, of the text as it
 * was typed, because old accounts have hashes of such text.
 *
 * @param recipe null for an unknown name: the work then takes the same time, and the result matches nothing
 * @returns Base64. @throws UnavailableError when too many hashes wait already
 */
export function derive(password: string, recipe: PasswordRecipe | null): Promise<string[]> {
  const { salt, ...costs } = recipe ?? { ...ARGON2ID, salt: randomBytes(SALT_BYTES).toString("base64") };
  const options = { ...costs, salt: Buffer.from(salt, "base64") };
  return bounded(async () => {
    const derived = [];
    for (const form of new Set([normalize(password), password])) {
      derived.push((await hashRaw(form, options)).toString("base64").replace(/=+$/, ""));
    }
    return derived;
  });
}
