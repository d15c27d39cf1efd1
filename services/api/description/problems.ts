import type { ZodOpenApiResponseObject } from "zod-openapi";
import { codesOf } from "../../../lib/problem-codes.ts";
import { headers, REQUEST_ID } from "./headers.ts";

const RETRY_AFTER = headers({ "Retry-After": "RetryAfter" });

/** The meaning of each error status, the same for all endpoints, and the headers that come with the status. */
const ERRORS: Readonly<Record<number, readonly [meaning: string, headers?: ReturnType<typeof headers>]>> = {
  400: ["The request is malformed: the body is not JSON or has unknown fields, or the path can't be decoded"],
  401: ["The token is missing, invalid or expired", headers({ "WWW-Authenticate": "Challenge" })],
  403: ["This belongs to somebody else, or the request carries a cookie but comes from another site"],
  404: ["The requested thing does not exist"],
  408: ["The body arrived too slowly"],
  409: ["The request conflicts with stored data"],
  413: ["The body is too large"],
  415: ["The media type is not accepted here"],
  416: ["The requested range is outside the file", headers({ "Content-Range": "FileSize" })],
  422: ["A value is not acceptable; `errors` says which and why"],
  // A request that is one of too many at once is refused uncounted, so `RateLimit-*` are not promised here.
  429: ["Too many requests, in a time or at once; `Retry-After` says when to try again", RETRY_AFTER],
  501: ["The server does not support this"],
  503: ["A part of the server is down or has too much to do; `Retry-After` says when to try again", RETRY_AFTER],
};

/** The reply of each error status. Operations refer to one component for each. */
export const PROBLEM_REPLIES: ReadonlyMap<number, ZodOpenApiResponseObject> = new Map(
  Object.entries(ERRORS).map(([status, [description, sent]]) => [
    Number(status),
    reply(Number(status), description, sent),
  ]),
);

function reply(status: number, description: string, sent = {}): ZodOpenApiResponseObject {
  const only = { properties: { status: { const: status }, code: { enum: codesOf(status) } } };
  const schema = { allOf: [{ $ref: "#/components/schemas/Problem" }, only] };
  return {
    id: `Problem${status}`,
    description,
    headers: { ...REQUEST_ID, ...sent },
    content: { "application/problem+json": { schema } },
  };
}
