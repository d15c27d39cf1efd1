import { z } from "zod";
import { Problem } from "../../contract/shapes.ts";
import { bodyOf, type Endpoint } from "./endpoint.ts";

type Json = Record<string, unknown>;

/** What any endpoint may answer, by what it has. */
const ERRORS: Record<number, string> = {
  400: "The body is not JSON, or has fields that nobody knows",
  401: "No token, or one that is not valid",
  403: "Not the caller's, or a cookie's request from another site",
  404: "There is no such thing",
  409: "In conflict with what is there",
  413: "Too large",
  415: "Not of a media type that is accepted here",
  416: "The file has no such part",
  422: "A value is not acceptable; `errors` says which and why",
  429: "Too many requests; `Retry-After` says when to try again",
  501: "Not offered here",
  503: "A store that the request needs is down; `Retry-After` says when to try again",
};

/**
 * The API's own description (OpenAPI 3.1), made from the schemas that validate.
 *
 * @param version the product's version
 */
export function describeApi(endpoints: readonly Endpoint[], publicUrl: string, version: string): Json {
  const components: Json = {};

  /** A schema as JSON Schema, its named parts moved to the components. */
  function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
    const { $schema: _, $defs = {}, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
    for (const [name, part] of Object.entries($defs as Json)) components[name] ??= withComponentRefs(part);
    const id = json["id"];
    if (typeof id === "string") {
      components[id] ??= withComponentRefs(json);
      return { $ref: `#/components/schemas/${id}` };
    }
    return withComponentRefs(json) as Json;
  }

  const problemContent = { "application/problem+json": { schema: schemaOf(Problem, "output") } };
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = describeEndpoint(endpoint, schemaOf, problemContent);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Starling",
      version,
      description:
        "Tweets, feeds and notifications. Errors are RFC 9457 problems; lists come newest first, with `next`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(endpoints.map((endpoint) => endpoint.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: "session" },
      },
    },
  };
}

function describeEndpoint(
  endpoint: Endpoint,
  schemaOf: (schema: z.ZodType, io: "input" | "output") => Json,
  problemContent: Json,
): Json {
  const replies: Json = {};
  for (const [status, { description, schema, binary, contentType = "application/json" }] of Object.entries(
    endpoint.replies,
  )) {
    replies[status] = {
      description,
      ...(schema && { content: { [contentType]: { schema: schemaOf(schema, "output") } } }),
      ...(binary && { content: { [contentType]: { schema: { type: "string", format: "binary" } } } }),
    };
  }
  for (const status of errorsOf(endpoint)) {
    replies[status] ??= { description: ERRORS[status] ?? "An error", content: problemContent };
  }
  const security = [{ bearer: [] }, { cookie: [] }];
  return {
    summary: endpoint.summary,
    ...(endpoint.description && { description: endpoint.description }),
    operationId: operationIdOf(endpoint),
    tags: [endpoint.tag],
    parameters: [
      ...parametersOf(endpoint.params, "path", schemaOf),
      ...parametersOf(endpoint.query, "query", schemaOf),
    ],
    ...(endpoint.body && {
      requestBody: {
        required: !endpoint.body.safeParse({}).success,
        content: { "application/json": { schema: schemaOf(endpoint.body, "input") } },
      },
    }),
    ...(endpoint.form && {
      requestBody: { required: true, content: { "multipart/form-data": { schema: endpoint.form } } },
    }),
    responses: replies,
    security: endpoint.auth === "required" ? security : endpoint.auth === "optional" ? [{}, ...security] : [],
  };
}

function errorsOf(endpoint: Endpoint): number[] {
  const { auth, body, query, params, errors = [], limit } = endpoint;
  return [
    ...new Set([
      ...(bodyOf(endpoint) ? [400, 413, 415] : []),
      ...(body || query || params ? [422] : []),
      ...(auth === "required" ? [401, 403] : []),
      ...(limit === "none" ? [] : [429]),
      ...errors,
      503,
    ]),
  ].sort((a, b) => a - b);
}

function parametersOf(
  schema: z.ZodType | undefined,
  where: "path" | "query",
  schemaOf: (schema: z.ZodType, io: "input") => Json,
): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

/** `GET /user/:username/followers` becomes `getUserUsernameFollowers`. */
function operationIdOf({ method, path }: Endpoint): string {
  const words = path.split(/\W+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function withComponentRefs(json: unknown): unknown {
  return JSON.parse(
    JSON.stringify(json, (key, value: unknown) =>
      key === "$ref" && typeof value === "string" ? value.replace("#/$defs/", "#/components/schemas/") : value,
    ),
  );
}
