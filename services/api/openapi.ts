import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import { Problem } from "../../contract/shapes.ts";
import { SESSION_COOKIE } from "../gateway/auth.ts";
import { bodyOf, type Endpoint } from "./endpoint.ts";

/** The meaning of each error status, the same for all endpoints. */
const ERRORS: Record<number, string> = {
  400: "The body is not JSON, or has unknown fields",
  401: "The token is missing, invalid or expired",
  403: "This belongs to somebody else, or the request carries a cookie but comes from another site",
  404: "The requested thing does not exist",
  408: "The request took too long to arrive",
  409: "The request conflicts with stored data",
  413: "The body is too large",
  415: "The media type is not accepted here",
  416: "The requested range is outside the file",
  422: "A value is not acceptable; `errors` says which and why",
  429: "Too many requests; `Retry-After` says when to try again",
  501: "The server does not support this",
  503: "A store that the request needs is down; `Retry-After` says when to try again",
};

/**
 * Makes the OpenAPI 3.1 description from the schemas that validate requests.
 *
 * @param version the version of the product
 */
export function describeApi(endpoints: readonly Endpoint[], publicUrl: string, version: string) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = describeEndpoint(endpoint);
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Starling",
      version,
      description:
        "Tweets, feeds and notifications. Errors are RFC 9457 problems. Lists with `next` are newest first; " +
        "`next` is the address of the next page, or null.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: SESSION_COOKIE },
      },
    },
  });
}

function describeEndpoint(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { method, path, summary, description, tag, auth, params, query, body, form } = endpoint;
  const content = form ? { "multipart/form-data": { schema: form } } : body && { "application/json": { schema: body } };
  const security = [{ bearer: [] }, { cookie: [] }];
  return {
    summary,
    ...(description && { description }),
    // `GET /user/:username/followers` becomes `getUserUsernameFollowers`.
    operationId: method.toLowerCase() + path.replace(/\W+(\w?)/g, (_, letter: string) => letter.toUpperCase()),
    tags: [tag],
    requestParams: { ...(params && { path: params }), ...(query && { query }) },
    ...(content && { requestBody: { required: !body?.safeParse({}).success, content } }),
    responses: describeReplies(endpoint),
    security: auth === "required" ? security : auth === "optional" ? [{}, ...security] : [],
  };
}

function describeReplies(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const { replies, auth, body, query, params, limit, errors = [] } = endpoint;
  const refusals = [
    ...(bodyOf(endpoint) ? [400, 413, 415] : []),
    ...(body || query || params ? [422] : []),
    // A request with an optional token is still refused if its bearer token is invalid.
    ...(auth === "none" ? [] : [401]),
    ...(auth === "required" ? [403] : []),
    ...(limit === "none" ? [] : [429]),
    ...errors,
    503,
  ];
  const content = { "application/problem+json": { schema: Problem } };
  return {
    ...Object.fromEntries(refusals.map((status) => [status, { description: ERRORS[status]!, content }])),
    ...Object.fromEntries(
      Object.entries(replies).map(([status, { description, schema, contentType = "application/json" }]) => [
        status,
        { description, ...(schema && { content: { [contentType]: { schema } } }) },
      ]),
    ),
  };
}
