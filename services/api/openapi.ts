import type { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import type { Config } from "../../config/config.ts";
import { Problem } from "../../contract/shapes.ts";
import { sessionCookieName } from "../gateway/auth.ts";
import { HEADERS, headers, LIMIT_STATE, REQUEST_ID } from "./description/headers.ts";
import { describeLimit } from "./description/limits.ts";
import { linksOf } from "./description/links.ts";
import { introduction } from "./description/introduction.ts";
import { plainSchemas } from "./description/plain-schemas.ts";
import { problemReply, refusalsOf } from "./description/problems.ts";
import { type Endpoint, type FormSpec, type ReplySpec } from "./endpoint.ts";

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
  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Starling",
        version,
        description: introduction(rateLimitScale),
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
    },
    { override: plainSchemas },
  );
}

function describeFiles({ fileTypes }: FormSpec) {
  return Object.fromEntries(
    Object.entries(fileTypes).map(([field, types]) => [field, { contentType: types.join(", ") }]),
  );
}

function describeEndpoint(endpoint: Endpoint, scale: number): ZodOpenApiOperationObject {
  const { name, summary, description, tag, auth, params, query, header, body, form } = endpoint;
  const content = form
    ? { "multipart/form-data": { schema: form.schema, encoding: describeFiles(form) } }
    : body && { "application/json": { schema: body, example: exampleOf(endpoint, body) } };
  const security = [{ bearer: [] }, { cookie: [] }];
  const { text: limitText, ...limit } = describeLimit(endpoint, scale) ?? {};
  const fullDescription = [description, limitText].filter(Boolean).join("\n\n");
  return {
    summary,
    ...(fullDescription && { description: fullDescription }),
    operationId: name,
    tags: [tag],
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(header && { header }) },
    ...(content && { requestBody: { required: !body?.safeParse({}).success, content } }),
    responses: describeReplies(endpoint),
    security: auth === "required" ? security : auth === "optional" ? [{}, ...security] : [],
    ...limit,
  };
}

function exampleOf({ example }: Endpoint, body: z.ZodType): unknown {
  return example ?? (body.meta()?.["examples"] as unknown[] | undefined)?.[0];
}

function describeReplies(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const { replies, limit } = endpoint;
  const counted = limit === "none" ? {} : LIMIT_STATE;
  return {
    ...Object.fromEntries([...refusalsOf(endpoint)].map(([status, codes]) => [status, problemReply(status, codes)])),
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

function describeContent(endpoint: Endpoint, { schema, example, contentTypes = ["application/json"] }: ReplySpec) {
  if (!schema) return {};
  const links = linksOf(schema);
  const forBrowsers = endpoint.page || endpoint.screen ? { "text/html": { schema: { type: "string" as const } } } : {};
  return {
    content: {
      ...Object.fromEntries(contentTypes.map((type) => [type, { schema, ...(example !== undefined && { example }) }])),
      ...forBrowsers,
    },
    ...(links && { links }),
  };
}
