import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";

/** The codings that answers are compressed with. Of two that a client accepts alike, Brotli makes the smaller body. */
const CODINGS = ["br", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

/** Browsers send 30 characters. A header of 16 KB would take milliseconds to read. */
const HEADER_LIMIT_CHARACTERS = 300;

/** The part of Negotiator that its types leave out. */
interface Ranking {
  /** @param preferred the order of codings that the client accepts alike */
  encodings(available: string[], options: { preferred: string[] }): string[];
}

/** What a client accepts. */
interface Acceptance {
  /** The best coding; null if the client prefers the plain body, or accepts neither. */
  readonly coding: Coding | null;
  /** Whether the client takes a plain body, too. */
  readonly plain: boolean;
}

const PLAIN: Acceptance = { coding: null, plain: true };

/** By the Accept-Encoding header. Most clients send one of a few, and reading one takes longer than finding it. */
const known = new LRUCache<string, Acceptance>({ max: 200 });

/** Reads the Accept-Encoding header (RFC 9110, section 12.5.3). Without one, the client gets the plain body. */
export function acceptedCoding({ headers }: Pick<IncomingMessage, "headers">): Acceptance {
  const header = headers["accept-encoding"];
  if (typeof header !== "string" || header.length > HEADER_LIMIT_CHARACTERS) return PLAIN;
  let found = known.get(header);
  if (found === undefined) {
    const negotiator = new Negotiator({ headers: { "accept-encoding": header } }) as unknown as Ranking;
    const accepted = negotiator.encodings([...CODINGS, "identity"], { preferred: [...CODINGS] });
    const [best] = accepted;
    found = { coding: best === "br" || best === "gzip" ? best : null, plain: accepted.includes("identity") };
    known.set(header, found);
  }
  return found;
}

/** Adds a name to a Vary header. */
export function varyBy(name: string, before: string | string[] | undefined): string {
  return before === undefined ? name : `${String(before)}, ${name}`;
}
