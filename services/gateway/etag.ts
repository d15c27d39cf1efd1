import { hash } from "node:crypto";

/** An entity tag of 96 bits, in quotes. @param form tells apart the forms of one resource, such as its codings */
export function tagOf(content: string | Buffer, form = ""): string {
  return `"${hash("sha256", content, "base64url").slice(0, 16)}${form && `-${form}`}"`;
}

/** Whether an If-None-Match header names this entity tag. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag);
}
