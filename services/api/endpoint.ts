import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Caller } from "../../contract/call.ts";
import type { Session } from "../../contract/records.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import type { LimitName } from "../gateway/limits.ts";
import type { Presenter } from "../gateway/present.ts";
import type { Reply } from "../gateway/reply.ts";
import type { Site } from "../pages/site.ts";

/** The input of an endpoint's handler: validated, apart from the raw request. */
export interface Input<P, Q, B, A extends Auth> {
  caller: Caller;
  req: IncomingMessage;
  session: A extends "required" ? Session : Session | null;
  params: P;
  query: Q;
  body: B;
  /** Makes public shapes of the services' records. */
  present: Presenter;
}

export type Auth = "none" | "optional" | "required";

/** One successful reply, for the description. */
interface ReplySpec {
  description: string;
  schema?: z.ZodType;
  /** By default `application/json`. */
  contentType?: string;
}

/** One endpoint of the REST API. Its route, its validation and its OpenAPI description are all made from this. */
export interface Endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  A extends Auth = Auth,
> {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters. */
  path: string;
  summary: string;
  description?: string;
  tag: string;
  auth: A;
  limit: LimitName;
  params?: P;
  query?: Q;
  body?: B;
  /** Describes a `multipart/form-data` body, which `handle` reads itself. Takes the place of `body`. */
  form?: z.ZodObject;
  /** The successful replies, by status. */
  replies: Record<number, ReplySpec>;
  /** The statuses of this endpoint's own errors, beyond those that every endpoint may answer. */
  errors?: number[];
  handle(input: Input<z.infer<P>, z.infer<Q>, z.infer<B>, A>): Promise<Reply>;
  /** Makes a page of the reply's body, for clients that ask for HTML. */
  page?(body: unknown, site: Site): string;
  /** The web client has a screen at this address: a browser gets the client, which then asks for the JSON. */
  screen?: true;
}

/** The body of a request that needs none. */
const NoBody = z.strictObject({});

/** The schema of an endpoint's JSON body; undefined where no JSON is read: for a GET, and for a form. */
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

/** An id as a cursor, in the form that compares as a string. */
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
