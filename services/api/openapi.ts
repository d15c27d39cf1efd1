import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import type { Config } from "../../config/config.ts";
import { Problem } from "../../contract/shapes.ts";
import { sessionCookieName } from "../gateway/auth.ts";
import { HEADERS, headers, LIMIT_STATE, REQUEST_ID } from "./description/headers.ts";
import { describeLimit } from "./description/limits.ts";
import { linksOf } from "./description/links.ts";
import { operationIdOf } from "./description/operation-id.ts";
import { PROBLEM_REPLIES } from "./description/problems.ts";
import { bodyOf, type Endpoint, type FormSpec, type ReplySpec } from "./endpoint.ts";

const INTRODUCTION = `Tweets, feeds and notifications.

- **Errors** are RFC 9457 problems: \`code\` is for programs, \`detail\` for people. Besides the errors that each request
  lists, bytes that are no HTTP get 400 or 431, slow ones 408, an unknown address 404, an unknown method 405 with
  \`Allow\`, and an \`Expect\` that can't be met 417.
- **Lists** with \`next\` are newest first; \`next\` is the address of the next page, or null.
- **Methods**: whatever answers GET answers HEAD, too. OPTIONS lists the methods of an address in \`Allow\`.
- **Limits**: \`RateLimit-*\` tell how many requests are left. A reply has none if the request was refused before
  it was counted.
- **Unknown** fields of a body are refused; unknown parameters of a query are ignored.
- **Lengths** count Unicode code points, except where a description says otherwise.
- **Browsers**: an address that people visit answers a browser (\`Accept: text/html\`) with a page.`;

/**
 * Makes the OpenAPI 3.1 description from the schemas that validate requests.
 *
 * @param version the version of the product
 */
export function describeApi(
  endpoints: readonly Endpoint[],
  { publicUrl, rateLimitScale }: Pick<Config, "publicUrl" | "rateLimitScale">,
  version: string,
) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = describeEndpoint(endpoint, rateLimitScale);
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Starling",
      version,
      description: INTRODUCTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem },
      headers: HEADERS,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: sessionCookieName(publicUrl),
          description: "For browsers. A request that changes something must also carry an `Origin` of this site.",
        },
      },
    },
  });
}

function describeFiles({ fileTypes }: FormSpec) {
  return Object.fromEntries(
    Object.entries(fileTypes).map(([field, types]) => [field, { contentType: types.join(", ") }]),
  );
}

function describeEndpoint(endpoint: Endpoint, scale: number): ZodOpenApiOperationObject {
  const { method, path, summary, description, tag, auth, params, query, header, body, form } = endpoint;
  const content = form
    ? { "multipart/form-data": { schema: form.schema, encoding: describeFiles(form) } }
    : body && { "application/json": { schema: body } };
  const security = [{ bearer: [] }, { cookie: [] }];
  const { text: limitText, ...limit } = describeLimit(endpoint, scale) ?? {};
  const fullDescription = [description, limitText].filter(Boolean).join("\n\n");
  return {
    summary,
    ...(fullDescription && { description: fullDescription }),
    operationId: operationIdOf(method, path),
    tags: [tag],
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(header && { header }) },
    ...(content && { requestBody: { required: !body?.safeParse({}).success, content } }),
    responses: describeReplies(endpoint),
    security: auth === "required" ? security : auth === "optional" ? [{}, ...security] : [],
    ...limit,
  };
}

function describeReplies(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const { replies, limit } = endpoint;
  const counted = limit === "none" ? {} : LIMIT_STATE;
  return {
    ...Object.fromEntries(refusalsOf(endpoint).map((status) => [status, PROBLEM_REPLIES.get(status)!])),
    ...Object.fromEntries(
      Object.entries(replies).map(([status, reply]) => [
        status,
        {
          description: reply.description,
          headers: { ...REQUEST_ID, ...counted, ...headers(reply.headers ?? {}) },
          ...describeContent(endpoint, reply),
        },
      ]),
    ),
  };
}

function describeContent(endpoint: Endpoint, { schema, contentTypes = ["application/json"] }: ReplySpec) {
  if (!schema) return {};
  const links = linksOf(schema);
  const forBrowsers = endpoint.page || endpoint.screen ? { "text/html": { schema: { type: "string" as const } } } : {};
  return {
    content: { ...Object.fromEntries(contentTypes.map((type) => [type, { schema }])), ...forBrowsers },
    ...(links && { links }),
  };
}

/** The statuses with which a request can be refused. */
function refusalsOf(endpoint: Endpoint): number[] {
  const { method, auth, body, form, query, params, limit, errors = [] } = endpoint;
  const found = [
    ...(bodyOf(endpoint) || form ? [400, 408, 413, 415] : []),
    // A broken percent-encoding in the path.
    ...(params ? [400] : []),
    ...(body || query || (params && mayRefuse(params)) ? [422] : []),
    // A request with an optional token is still refused if its bearer token is invalid.
    ...(auth === "none" ? [] : [401]),
    // A change by cookie is refused if it comes from another site.
    ...(auth === "none" || method === "GET" ? [] : [403]),
    // An endpoint without a limit asks no other part of the server.
    ...(limit === "none" ? [] : [429, 503]),
    ...errors,
  ];
  return [...new Set(found)].sort((a, b) => a - b);
}

/** Whether the schema refuses some text. Many take any, because text that names nothing is a 404. */
function mayRefuse(params: NonNullable<Endpoint["params"]>): boolean {
  return !params.safeParse(Object.fromEntries(Object.keys(params.shape).map((name) => [name, "\0"]))).success;
}
