import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Caller } from "../../contract/call.ts";
import type { Session } from "../../contract/records.ts";
import { ID_PATTERN, TweetKey, Username } from "../../contract/shapes.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import type { Refusals } from "../../lib/problem-codes.ts";
import type { LimitName } from "../gateway/limits.ts";
import type { Presenter } from "../gateway/present.ts";
import type { Reply } from "../gateway/reply.ts";
import type { Site } from "../pages/site.ts";
import { KEY } from "./description/examples.ts";
import type { HEADERS } from "./description/headers.ts";

/** The input of a handler. Only `req`, the raw request, is not validated. */
interface Input<P, Q, B, A extends Auth> {
  caller: Caller;
  req: IncomingMessage;
  session: A extends "required" ? Session : Session | null;
  params: P;
  query: Q;
  body: B;
  /** Turns records into public shapes. */
  present: Presenter;
}

type Auth = "none" | "optional" | "required";

/** A successful reply, as the OpenAPI description shows it. */
export interface ReplySpec {
  description: string;
  schema?: z.ZodType;
  /** The body of the reply, for people and for the tests of the description. */
  example?: unknown;
  /** By default `application/json`. */
  contentTypes?: readonly string[];
  /** The headers that only this reply has. */
  headers?: Readonly<Record<string, keyof typeof HEADERS>>;
}

/** The reply to a client that names the newest answer's entity tag in `If-None-Match`. */
export const UNCHANGED = {
  description: "Nothing has changed since the answer whose `ETag` is in `If-None-Match`",
  headers: { ETag: "EntityTag" },
} as const satisfies ReplySpec;

/** A `multipart/form-data` body with files, as the OpenAPI description shows it. */
export interface FormSpec {
  schema: z.ZodObject;
  /** The media types of the fields that are files. */
  fileTypes: Readonly<Record<string, readonly string[]>>;
}

/** One endpoint of the REST API. Its route, validation and OpenAPI description all derive from this. */
export interface Endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  A extends Auth = Auth,
> {
  /** What generated clients call the operation, such as `followUser`. */
  name: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Parameters are written as `:name`. */
  path: string;
  summary: string;
  description?: string;
  tag: string;
  auth: A;
  limit: LimitName;
  params?: P;
  query?: Q;
  /** Describes headers of the request. `handle` reads them itself. */
  header?: z.ZodObject;
  body?: B;
  /** The body of an example; by default the first example of its schema. */
  example?: Readonly<Record<string, unknown>>;
  /** Describes a `multipart/form-data` body, in place of `body`. `handle` reads and validates the form itself. */
  form?: FormSpec;
  /** The successful replies, by status. */
  replies: Record<number, ReplySpec>;
  /** Further codes of problems by status, beyond those that follow from the rest. */
  errors?: Refusals;
  handle(input: Input<z.infer<P>, z.infer<Q>, z.infer<B>, A>): Promise<Reply>;
  /** Renders the body of the reply as a page, for clients that ask for HTML. */
  page?(body: unknown, site: Site): string;
  /** Set if the web client has a screen at this path: browsers get the client, which then requests the JSON. */
  screen?: true;
}

/** Validates a request without input: its body must be empty or missing. */
const NoBody = z.strictObject({});

/** The schema of the JSON body; undefined for a GET and for a form, which have none. */
export function bodyOf({ method, body, form }: Endpoint): z.ZodType | undefined {
  return body ?? (method === "GET" || form ? undefined : NoBody);
}

/** Infers the input of the handler from the schemas. */
export function endpoint<
  P extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodObject<Record<never, never>>,
  A extends Auth = Auth,
>(definition: Endpoint<P, Q, B, A>): Endpoint {
  return definition;
}

/** An id used as a cursor. The id is normalized, so that cursors compare as strings. */
const cursor = (description: string) =>
  z
    .string()
    .transform((text, context) => {
      const id = normalizeId(text);
      if (id !== null) return id;
      context.addIssue({ code: "custom", message: "must be an id: a decimal number of at most 64 bits" });
      return z.NEVER;
    })
    .optional()
    .meta({ description, pattern: ID_PATTERN });

/** The query of every list. */
export const PageQuery = z.object({
  limit: z
    .string()
    .transform((text, context) => {
      const limit = Number(text);
      if (/^\d{1,3}$/.test(text) && limit >= 1 && limit <= 100) return limit;
      context.addIssue({ code: "custom", message: "must be a whole number from 1 to 100" });
      return z.NEVER;
    })
    .default(20)
    .meta({
      description: "the largest number of entries in a page; by default 20",
      type: "integer",
      minimum: 1,
      maximum: 100,
      default: 20,
      examples: [10],
    }),
  before: cursor("only entries older than this id; `next` of the last page has it already"),
  after: cursor("only entries newer than this id, the newest first; together with `before`, those between the two"),
});

/**
 * A parameter that takes any text, because text that names nothing is a 404.
 *
 * @param like describes the names that exist
 * @param example one that exists in the examples
 */
export function nameIn(like: z.ZodType, description: string, example: string) {
  const { pattern } = z.toJSONSchema(like);
  return z.string().meta({ description, ...(pattern !== undefined && { pattern }), examples: [example] });
}

export const UsernameParams = z.object({ username: nameIn(Username, "the username, in any case", "grace") });
export const TweetParams = z.object({ id: nameIn(TweetKey, "the id of the tweet, or its key", KEY) });
