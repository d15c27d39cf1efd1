import { LRUCache } from "lru-cache";
import type { z } from "zod";
import { InvalidError } from "../../lib/errors.ts";
import { parseInput, pathOf, readQuery } from "../gateway/request.ts";

/** Most clients ask with the same few queries. Those with a cursor come once, and push only each other out. */
const KEPT_LIMIT = 100;
/** Longer queries are not kept. */
const KEPT_CHARACTERS = 128;

type Query = Readonly<Record<string, unknown>>;

/**
 * Makes the reader of an endpoint's queries. It keeps what it read last.
 *
 * @returns a function that reads the query of a URL, and throws InvalidError for one that does not fit the schema
 */
export function createQueryReader(schema: z.ZodObject): (url: string) => Query {
  const kept = new LRUCache<string, Query>({ max: KEPT_LIMIT });

  return (url) => {
    const text = url.slice(pathOf(url).length);
    const known = kept.get(text);
    if (known) return known;
    const query = Object.freeze(parseQuery(schema, url));
    if (text.length <= KEPT_CHARACTERS) kept.set(text, query);
    return query;
  };
}

function parseQuery(schema: z.ZodObject, url: string): Record<string, unknown> {
  const query = readQuery(url);
  const repeated = Object.keys(query).filter((name) => Array.isArray(query[name]) && Object.hasOwn(schema.shape, name));
  if (repeated.length > 0) throw new InvalidError(repeated.map((field) => ({ field, message: "must be given once" })));
  return parseInput(schema, query);
}
