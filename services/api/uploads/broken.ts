import { InvalidError } from "../../../lib/errors.ts";

/** What is wrong with an uploaded file, as 422: `message` goes on after "file". */
export function broken(message: string): InvalidError {
  return new InvalidError([{ field: "file", message }]);
}
