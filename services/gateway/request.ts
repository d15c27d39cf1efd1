import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { z } from "zod";
import { BadRequestError, InvalidError, RefusedError } from "../../lib/errors.ts";

/** The largest JSON body. A tweet of 280 characters with all its fields takes 4 KB. */
const BODY_LIMIT_BYTES = 65_536;
/** An answer names this many unknown fields, with names cut to this many characters: more help nobody. */
const NAMED_FIELDS_LIMIT = 20;
const FIELD_NAME_LIMIT = 100;

/**
 * Reads a JSON object from a request.
 *
 * @returns an empty object if there is no body
 * @throws RefusedError 413, 415; BadRequestError if the body is not a JSON object
 */
export async function readJson(req: IncomingMessage): Promise<Record<string, unknown>> {
  const bytes = await readBytes(req);
  if (bytes.length === 0) return {};
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(req.headers["content-type"] ?? "")) {
    throw new RefusedError("The body must be JSON, with Content-Type: application/json", 415, "UNSUPPORTED_MEDIA_TYPE");
  }
  if (req.headers["content-encoding"] !== undefined && req.headers["content-encoding"] !== "identity") {
    throw new RefusedError("Compressed bodies are not accepted", 415, "UNSUPPORTED_ENCODING");
  }
  const value = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadRequestError("The body must be a JSON object", "MALFORMED_JSON");
  }
  return value as Record<string, unknown>;
}

async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const declared = Number(req.headers["content-length"] ?? 0);
  if (declared > BODY_LIMIT_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Don't destroy a request that is too large, because the answer needs the same connection.
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    // The client disconnected halfway. Nobody reads this answer, but the error must not count as ours.
    throw new BadRequestError("The body ended too early", "BODY_ABORTED");
  }
  return Buffer.concat(chunks);
}

function tooLarge(): RefusedError {
  return new RefusedError(`The body must be at most ${BODY_LIMIT_BYTES} bytes`, 413, "TOO_LARGE");
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new BadRequestError("The body is not valid JSON in UTF-8", "MALFORMED_JSON");
  }
}

/** The path of a request's address, without the query. */
export function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

/**
 * Reads the query of a URL: the value of each parameter, or a list of the values of a repeated one. No schema of ours
 * accepts a list.
 */
export function readQuery(url: string): Record<string, string | string[]> {
  const at = url.indexOf("?");
  if (at === -1) return {};
  const query: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    const before = query[name];
    if (Array.isArray(before)) before.push(value);
    else query[name] = before === undefined ? value : [before, value];
  }
  return query;
}

/** Whether a part of the body has not arrived yet. If so, the connection can't be reused after an early refusal. */
export function hasUnreadBody(req: IncomingMessage): boolean {
  return !req.complete;
}

/**
 * Reads the rest of a refused body for a while and discards it. Clients finish sending before they listen, so they
 * would otherwise see a reset connection instead of the refusal.
 */
export async function drain(body: Readable, maxBytes: number, withinMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    let seen = 0;
    const timer = setTimeout(resolve, withinMs);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    body.on("data", (chunk: Buffer) => {
      seen += chunk.length;
      if (seen > maxBytes) stop();
    });
    for (const event of ["end", "close", "error"]) body.once(event, stop);
    body.resume();
  });
  body.pause();
}

/**
 * Validates the input of a client.
 *
 * @throws BadRequestError if a body has unknown fields, InvalidError for every other fault
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const unknown = issues
    .flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : []))
    .slice(0, NAMED_FIELDS_LIMIT)
    .map((path) => path.join(".").slice(0, FIELD_NAME_LIMIT));
  if (unknown.length > 0) {
    const errors = unknown.map((field) => ({ field, message: "is not a known field" }));
    throw new BadRequestError(`Unknown fields: ${unknown.join(", ")}`, "UNKNOWN_FIELD", errors);
  }
  throw new InvalidError(
    issues.map((issue) => ({
      field: issue.path.join(".") || "body",
      message: issue.message.endsWith("received undefined") ? "is required" : plain(issue.message),
    })),
  );
}

/** Rewrites a message of Zod's to follow the name of a field, as ours do. Zod's begin with a capital. */
function plain(message: string): string {
  return message
    .replace(/^Invalid input: /, "")
    .replace(/^(Too big|Too small|Invalid \w+): /, (whole) => whole.toLowerCase());
}
