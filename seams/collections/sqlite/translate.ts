import { UnavailableError } from "../../../lib/errors.ts";
import { StoreUnusableError } from "../collection.ts";
import { damagedMessage, isDamage, isNotNow } from "./errors.ts";

// A file of its own, because UnavailableError loads Moleculer, which the writer's thread can do without.

/** Translates SQLite's error into ours. Errors that SQLite did not raise stay unchanged. */
export function translate(error: unknown, file: string): Error {
  const { message } = error as Error;
  if (isDamage(error)) return new StoreUnusableError(damagedMessage(file, message));
  return isNotNow(error) ? new UnavailableError(`${file} can't be used at the moment: ${message}`) : (error as Error);
}
