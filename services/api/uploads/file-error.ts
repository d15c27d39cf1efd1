import { InvalidError } from "../../../lib/errors.ts";

/** The fields of an upload that are files. */
export type UploadField = "file" | "poster";

/** An error 422 about an uploaded file. `message` completes a sentence that begins with "file", such as "is empty". */
export function fileError(message: string, field: UploadField = "file"): InvalidError {
  return new InvalidError([{ field, message }]);
}
