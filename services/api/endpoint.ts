import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { normalizeId } from "../../lib/snowflake.ts";
import type { Caller, Session } from "../../contract/actions.ts";
import type { Site } from "../pages/site.ts";
import type { LimitName } from "../gateway/limits.ts";

/** What an endpoint's handler gets: everything validated. */
export interface Input<P, Q, B, A extends Auth> {
  caller: Caller;
  req: IncomingMessage;
  session: A extends "required" ? Session : Session | null;
  params: P;
  query: Q;
  body: B;
}

/** What goes back. Text, bytes and streams are sent as they are, anything else as JSON; a stream's headers say its length. */
export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string | string[]>;
}

export type Auth = "none" | "optional" | "required";

/** One endpoint of the REST API: routes, validation and the OpenAPI description are all made from these. */
export interface Endpoint<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
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
  /** Instead of a JSON body, `multipart/form-data`, which `handle` reads itself: its JSON Schema. */
  form?: Record<string, unknown>;
  /** What it answers when all is well, by status. */
  replies: Record<number, { description: string; schema?: z.ZodType; contentType?: string; binary?: boolean }>;
  /** The errors of its own, beyond those that every endpoint may answer. */
  errors?: number[];
  handle(input: Input<z.infer<P>, z.infer<Q>, z.infer<B>, A>): Promise<Reply>;
  /** The same as a page, where a browser asks for one: made of the body that it would answer. */
  page?(body: unknown, site: Site): string;
  /** The web client has a screen at this address: a browser gets the client, which then asks for the JSON. */
  screen?: true;
}

/** The body of a request that needs none. */
const NoBody = z.strictObject({});

/** The schema of an endpoint's JSON body; undefined where none is read: of a GET, and of a form. */
export function bodyOf({ method, body, form }: Endpoint): z.ZodType | undefined {
  return body ?? (method === "GET" || form ? undefined : NoBody);
}

/** Types an endpoint by its schemas. */
export function endpoint<
  P extends z.ZodType = z.ZodObject<Record<never, never>>,
  Q extends z.ZodType = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodObject<Record<never, never>>,
  A extends Auth = Auth,
>(definition: Endpoint<P, Q, B, A>): Endpoint {
  return definition;
}

/** An id used as a cursor, in the form that compares as a string. */
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
    .meta({ description: "how many at most", type: "integer", minimum: 1, maximum: 100, default: 20 }),
  before: cursor("only those older than this id"),
  after: cursor("only those newer than this id"),
});

export const UsernameParams = z.object({ username: z.string() });
export const IdParams = z.object({ id: z.string() });
