import { InvalidError } from "../../../lib/errors.ts";

/** An error 422 about an uploaded file. `message` completes a sentence that begins with "file", such as "is empty". */
export function fileError(message: string): InvalidError {
  return new InvalidError([{ field: "file", message }]);
}
