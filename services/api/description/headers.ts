import type { oas31 } from "zod-openapi";

const count = (description: string) => ({
  description,
  required: true,
  schema: { type: "integer" as const, minimum: 0 },
});

/** All headers of replies that clients may rely on, by the name of their component. */
export const HEADERS = {
  RequestId: {
    description: "The id of the request, as in the logs and traces of the server. The client may choose it.",
    schema: { type: "string" },
  },
  LimitPoints: count("Requests in a window that the limit allows"),
  LimitRemaining: count("Requests left in this window"),
  LimitReset: count("Seconds until the window ends"),
  RetryAfter: count("Seconds until another try makes sense"),
  Challenge: { description: "How to authenticate", required: true, schema: { type: "string", const: "Bearer" } },
  SessionCookie: {
    description: "Sets the session cookie of browsers, or clears it when the session has ended",
    required: true,
    schema: { type: "string" },
  },
  EntityTag: {
    description: "Names the content, for `If-None-Match` and `If-Range`",
    required: true,
    schema: { type: "string", pattern: '^(W/)?".*"$' },
  },
  AcceptRanges: {
    description: "The unit of ranges that `Range` may ask for",
    required: true,
    schema: { type: "string", const: "bytes" },
  },
  ContentRange: {
    description: "The part of the file in this reply, and the size of the file: `bytes 0-99/1234`",
    required: true,
    schema: { type: "string", pattern: "^bytes [0-9]+-[0-9]+/[0-9]+$" },
  },
  FileSize: {
    description: "The size of the file: `bytes */1234`",
    required: true,
    schema: { type: "string", pattern: "^bytes \\*/[0-9]+$" },
  },
} satisfies Record<string, oas31.HeaderObject>;

type Headers = Record<string, { $ref: string }>;

/** The headers of a reply. @param names the component for each header */
export function headers(names: Readonly<Record<string, keyof typeof HEADERS>>): Headers {
  return Object.fromEntries(
    Object.entries(names).map(([header, name]) => [header, { $ref: `#/components/headers/${name}` }]),
  );
}

/** Every reply names its request. */
export const REQUEST_ID = headers({ "X-Request-ID": "RequestId" });

/** Every reply to a request that a limit counts. */
export const LIMIT_STATE = headers({
  "RateLimit-Limit": "LimitPoints",
  "RateLimit-Remaining": "LimitRemaining",
  "RateLimit-Reset": "LimitReset",
});
