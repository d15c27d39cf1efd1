import type { ZodOpenApiResponseObject } from "zod-openapi";
import type { Problem } from "../../../contract/shapes.ts";
import type { ProblemCode, Refusals } from "../../../lib/problem-codes.ts";
import { problem } from "../../gateway/problems.ts";
import { bodyOf, type Endpoint } from "../endpoint.ts";
import { CODES } from "./codes.ts";
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

const OF_BODY: Refusals = { 408: ["REQUEST_TIMEOUT", "MALFORMED_REQUEST"], 413: ["TOO_LARGE"] };
const OF_JSON: Refusals = {
  400: ["BODY_ABORTED", "MALFORMED_JSON", "MALFORMED_REQUEST", "UNKNOWN_FIELD"],
  415: ["UNSUPPORTED_ENCODING", "UNSUPPORTED_MEDIA_TYPE"],
};
const OF_FORM: Refusals = {
  400: ["BODY_ABORTED", "MALFORMED_MULTIPART", "MALFORMED_REQUEST", "UNKNOWN_FIELD"],
  413: ["QUOTA_EXCEEDED"],
  415: ["UNSUPPORTED_MEDIA", "UNSUPPORTED_MEDIA_TYPE"],
};
const OF_PATH: Refusals = { 400: ["UNABLE_DECODE_PARAM"] };
/** A request with an optional token is still refused if its bearer token is invalid. */
const OF_TOKEN: Refusals = { 401: ["UNAUTHORIZED"] };
/** A change by cookie is refused if it comes from another site. */
const OF_COOKIE: Refusals = { 403: ["FOREIGN_ORIGIN"] };
const INVALID: Refusals = { 422: ["VALIDATION_ERROR"] };
const BUSY: Refusals = {
  429: ["RATE_LIMITED", "TOO_MANY_AT_ONCE"],
  503: ["OVERLOADED", "TOO_MANY_AT_ONCE", "UNAVAILABLE"],
};

/** The statuses with which a request to an endpoint can be refused, and the codes of each. */
export function refusalsOf(endpoint: Endpoint): ReadonlyMap<number, readonly ProblemCode[]> {
  const { method, auth, body, form, query, params, limit, errors = {} } = endpoint;
  const json = bodyOf(endpoint) !== undefined;
  const parts: (Refusals | false)[] = [
    (json || form !== undefined) && OF_BODY,
    json && OF_JSON,
    form !== undefined && OF_FORM,
    params !== undefined && OF_PATH,
    (body !== undefined || query !== undefined || (params !== undefined && mayRefuse(params))) && INVALID,
    auth !== "none" && OF_TOKEN,
    auth !== "none" && method !== "GET" && OF_COOKIE,
    // An endpoint without a limit asks no other part of the server.
    limit !== "none" && BUSY,
    errors,
  ];
  const found = new Map<number, readonly ProblemCode[]>();
  for (const part of parts) {
    for (const [status, codes = []] of Object.entries(part || {})) {
      found.set(Number(status), [...(found.get(Number(status)) ?? []), ...codes]);
    }
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

/** Whether the schema refuses some text. Many take any, because text that names nothing is a 404. */
function mayRefuse(params: NonNullable<Endpoint["params"]>): boolean {
  return !params.safeParse(Object.fromEntries(Object.keys(params.shape).map((name) => [name, "\0"]))).success;
}

/** The replies that many operations share, by the name of their component. */
const SHARED: readonly (readonly [name: string, status: number, codes: readonly ProblemCode[]])[] = [
  ["Problem400", 400, OF_JSON[400]!],
  ["Problem400Path", 400, OF_PATH[400]!],
  ["Problem400BodyOrPath", 400, [...OF_JSON[400]!, ...OF_PATH[400]!]],
  ["Problem401", 401, OF_TOKEN[401]!],
  ["Problem403", 403, OF_COOKIE[403]!],
  ["Problem404", 404, ["NOT_FOUND"]],
  ["Problem408", 408, OF_BODY[408]!],
  ["Problem413", 413, OF_BODY[413]!],
  ["Problem415", 415, OF_JSON[415]!],
  ["Problem416", 416, ["RANGE_NOT_SATISFIABLE"]],
  ["Problem422", 422, INVALID[422]!],
  ["Problem429", 429, BUSY[429]!],
  ["Problem503", 503, BUSY[503]!],
];

const sharedReplies = new Map(
  SHARED.map(([id, status, codes]) => [`${status} ${codes.join()}`, { id, ...replyOf(status, codes) }]),
);

/** The reply with a problem: a component, if operations share it. */
export function problemReply(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  return sharedReplies.get(`${status} ${codes.join()}`) ?? replyOf(status, codes);
}

function replyOf(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const [description, sent = {}] = ERRORS[status]!;
  const only = { properties: { status: { const: status }, code: { enum: [...codes] } } };
  const schema = { allOf: [{ $ref: "#/components/schemas/Problem" }, only] };
  const content = { "application/problem+json": { schema, example: exampleOf(status, codes[0]!) } };
  return { description, headers: { ...REQUEST_ID, ...sent }, content };
}

function exampleOf(status: number, code: ProblemCode): Problem {
  if (code !== "VALIDATION_ERROR") return problem(status, code, CODES[code].meaning.replaceAll("`", ""));
  const errors = [{ field: "text", message: "must not be blank" }];
  return problem(status, code, "text: must not be blank", errors);
}
