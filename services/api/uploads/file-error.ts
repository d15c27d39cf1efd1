import { InvalidError } from "../../../lib/errors.ts";

/** A fault of an uploaded file, as 422. `message` continues the sentence that "file" begins. */
export function fileError(message: string): InvalidError {
  return new InvalidError([{ field: "file", message }]);
}
