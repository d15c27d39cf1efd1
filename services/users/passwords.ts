import { timingSafeEqual } from "node:crypto";
import type { PasswordRecipe } from "../../contract/records.ts";

/** A PHC string of Argon2id: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`, salt and hash in Base64 without padding. */
const PHC = /^(\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$)([A-Za-z0-9+/]+)$/;

function parse(passwordHash: string) {
  const [, recipe, memory, time, lanes, salt, hash] = PHC.exec(passwordHash) ?? [];
  if (recipe === undefined) throw new Error("A stored password hash is not one of Argon2id");
  const costs = { memoryCost: Number(memory), timeCost: Number(time), parallelism: Number(lanes) };
  return { recipe, ...costs, salt: salt!, hash: hash! };
}

/** What a gateway needs to derive a hash that can be compared with the stored one: everything but the hash itself. */
export function recipeOf(passwordHash: string): PasswordRecipe {
  const { memoryCost, timeCost, parallelism, salt } = parse(passwordHash);
  return { memoryCost, timeCost, parallelism, salt };
}

/**
 * Compares derived hashes with the stored one, all of them and in constant time.
 *
 * @returns the index of the one that matches; -1 for none
 */
export function findMatch(passwordHash: string, derived: string[]): number {
  const known = Buffer.from(parse(passwordHash).hash, "base64");
  const matches = derived.map((text) => {
    const given = Buffer.from(text, "base64");
    return given.length === known.length && timingSafeEqual(given, known);
  });
  return matches.indexOf(true);
}

/** The same PHC string with another hash, made by the same recipe. */
export function withHash(passwordHash: string, derived: string): string {
  return parse(passwordHash).recipe + derived;
}

/** Whether two PHC strings are of one password. Each new password has a new salt. */
export function isSamePassword(one: string, other: string): boolean {
  return parse(one).salt === parse(other).salt;
}
