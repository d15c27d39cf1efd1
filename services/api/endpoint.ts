import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Caller } from "../../contract/call.ts";
import type { Session } from "../../contract/records.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import type { LimitName } from "../gateway/limits.ts";
import type { Presenter } from "../gateway/present.ts";
import type { Reply } from "../gateway/reply.ts";
import type { Site } from "../pages/site.ts";

/** The input of a handler. All of it is validated, except for the raw request. */
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

/** One successful reply, for the description. */
interface ReplySpec {
  description: string;
  schema?: z.ZodType;
  /** By default `application/json`. */
  contentType?: string;
}

/** One endpoint of the REST API. Its route, validation and OpenAPI description all derive from this. */
export interface Endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  A extends Auth = Auth,
> {
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
  body?: B;
  /** Replaces `body` for `multipart/form-data`, which `handle` reads itself. Serves the description only. */
  form?: z.ZodObject;
  /** The successful replies, by status. */
  replies: Record<number, ReplySpec>;
  /** The statuses of further errors, beyond those that every endpoint may answer. */
  errors?: number[];
  handle(input: Input<z.infer<P>, z.infer<Q>, z.infer<B>, A>): Promise<Reply>;
  /** Renders the body of the reply as a page, for clients that ask for HTML. */
  page?(body: unknown, site: Site): string;
  /** The web client has a screen at this address: browsers get the client, which then requests the JSON. */
  screen?: true;
}

/** The body of a request that needs none. */
const NoBody = z.strictObject({});

/** The schema of the JSON body; undefined for a GET and for a form, which have none. */
export function bodyOf({ method, body, form }: Endpoint): z.ZodType | undefined {
  return body ?? (method === "GET" || form ? undefined : NoBody);
}

/** Types an endpoint by its schemas. */
export function endpoint<
  P extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodObject<Record<never, never>>,
  A extends Auth = Auth,
>(definition: Endpoint<P, Q, B, A>): Endpoint {
  return definition;
}

/** An id as a cursor. It is normalized, so that cursors compare as strings. */
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
    .meta({ description });

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
    .meta({ description: "the most entries of a page; by default 20", type: "integer", minimum: 1, maximum: 100 }),
  before: cursor("only entries older than this id"),
  after: cursor("only entries newer than this id"),
});

export const UsernameParams = z.object({ username: z.string() });
export const IdParams = z.object({ id: z.string() });
