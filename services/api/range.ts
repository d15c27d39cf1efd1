/** The answer to a Range header: a part of the file, the whole file, or a refusal because the file has no such part. */
type WantedRange = { start: number; end: number } | "whole" | "unsatisfiable";

/**
 * Reads a Range header (RFC 9110, section 14). Several ranges, other units and malformed headers get the whole file, as
 * the RFC allows.
 *
 * The package `range-parser` is not used, because it refuses a suffix longer than the file (`bytes=-900` of 500 bytes).
 * For such a suffix the RFC demands the whole file.
 *
 * @param size of the file, in bytes
 * @returns the positions of the first and the last byte, both included
 */
export function parseRange(header: string | undefined, size: number): WantedRange {
  const [, first, last] = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return "whole";
  if (first === "") {
    const length = Number(last);
    return length === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}
