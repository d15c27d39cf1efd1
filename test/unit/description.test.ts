// The description of the API and the validation of requests must say the same: what one refuses, the other refuses.
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import type { z } from "zod";
import type { Node } from "../../seams/node.ts";
import type { Endpoint } from "../../services/api/endpoint.ts";
import { allEndpoints } from "../../services/api/endpoints/index.ts";
import { describeApi } from "../../services/api/openapi.ts";

/** What the validation may refuse although the description allows it, because JSON Schema can't state it. */
const UNSTATED = [
  // Half of a surrogate pair: UTF-8 can't carry one, and most engines of regular expressions can't name one.
  /well-formed Unicode/,
  // Texts are limited in another unit, because what counts is their weight.
  /is far too long/,
  // Patterns of JSON Schema know no invisible characters and no noncharacters.
  /must not be blank|noncharacters/,
  // Passwords are counted in the form NFC.
  /must be 8 to 128 characters/,
];

/** The part of JSON Schema that the description uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

type Content = Record<string, { schema: Schema; example?: unknown }>;
type Reply = { $ref?: string; content?: Content };

interface Operation {
  requestBody?: { content: Content };
  parameters?: { in: string; name: string; schema: Schema }[];
}

const config = { publicUrl: "https://starling.example", rateLimitScale: 1, dataDir: "nowhere" };
const endpoints = allEndpoints({ config } as unknown as Node);
const description = describeApi(endpoints, config, "1.0.0");
// Formats only help people and generators: the pattern beside them is what counts.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(description, "api");

const operationOf = ({ method, path }: Endpoint): Operation =>
  (description.paths as Record<string, Record<string, Operation>>)[path.replaceAll(/:(\w+)/g, "{$1}")]![
    method.toLowerCase()
  ]!;

function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const parts = schema.$ref.slice(2).split("/");
  return parts.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], description) as Schema;
}

/** @returns a validator of a part of the description, with references into it */
function validatorOf(schema: Schema) {
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object);
}

const UNITS = ["a", "0", "_", " ", "é", "日", "😀", "\n", "\u0000", "\u007f", "\u2028", "\u200b", "\ud800"];

/** Text at and around the bounds of a schema, of one repeated character; or any text; or one that fits its pattern. */
function text({ minLength = 0, maxLength = 64, pattern }: Schema): fc.Arbitrary<unknown> {
  const bounds = [minLength - 1, minLength, minLength + 1, maxLength - 1, maxLength, maxLength + 1];
  const lengths = [...new Set([0, 1, ...bounds])].filter((length) => length >= 0);
  return fc.oneof(
    fc.tuple(fc.constantFrom(...UNITS), fc.constantFrom(...lengths)).map(([unit, length]) => unit.repeat(length)),
    fc.string({ unit: "binary", minLength, maxLength: Math.min(maxLength, 200) }),
    ...(pattern === undefined ? [] : [fc.stringMatching(new RegExp(pattern))]),
  );
}

function number({ minimum = -1e9, maximum = 1e9 }: Schema): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom(minimum - 1, minimum - 1e-9, minimum, maximum, maximum + 1e-9, maximum + 1, 0, -0, 1.5, 1e308),
    fc.double({ min: minimum, max: maximum, noNaN: true }),
  );
}

/** Values near the bounds of a schema, and now and then of another kind. */
function near(given: Schema): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  const other = fc.constantFrom<unknown>(null, true, 5, "x", [], {}, { nobody: "knows" });
  return fc.oneof({ weight: 9, arbitrary: ofKind(schema) }, { weight: 1, arbitrary: other });
}

function ofKind(schema: Schema): fc.Arbitrary<unknown> {
  const { type, anyOf, properties, required = [], items, maxItems = 3 } = schema;
  if (anyOf) return fc.oneof(...anyOf.map(near));
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => ofKind({ ...schema, type: each })));
  if (type === "string") return text(schema);
  if (type === "number" || type === "integer") return number(schema);
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  if (type === "array") return fc.array(near(items!), { maxLength: maxItems + 1 });
  if (type !== "object") throw new Error(`The test knows no ${JSON.stringify(schema)}`);
  const fields = Object.fromEntries(Object.entries(properties ?? {}).map(([name, each]) => [name, near(each)]));
  // Most objects have all required fields, so that the others are tried as well.
  return fc.oneof(
    { weight: 9, arbitrary: fc.record(fields, { requiredKeys: required }) },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  );
}

/** Throws unless both judge alike, but for the rules that can't be stated. */
function expectAgreement(value: unknown, described: boolean, schema: z.ZodType, sent = value): void {
  const { success, error } = schema.safeParse(sent);
  const messages = error?.issues.map(({ message }) => message) ?? [];
  if (described === success) return;
  const isUnstated = messages.every((message) => UNSTATED.some((rule) => rule.test(message)));
  if (described && isUnstated) return;
  throw new Error(
    `The description ${described ? "allows" : "refuses"} ${JSON.stringify(value)}; the validation ` +
      (success ? "accepts it" : `refuses it: ${messages.join("; ")}`),
  );
}

const withBody = endpoints.flatMap((endpoint) => (endpoint.body ? [{ ...endpoint, body: endpoint.body }] : []));

describe("the description of a body says what is accepted", () => {
  it.each(withBody.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    "%s",
    (_, endpoint) => {
      const { schema } = operationOf(endpoint).requestBody!.content["application/json"]!;
      const validate = validatorOf(schema);
      fc.assert(
        fc.property(near(schema), (value) => {
          // As it arrives: without undefined, and with 0 for -0.
          const sent: unknown = JSON.parse(JSON.stringify(value));
          expectAgreement(sent, validate(sent), endpoint.body);
        }),
        { numRuns: 300 },
      );
    },
  );
});

const parameters = endpoints.flatMap((endpoint) => {
  const found = operationOf(endpoint).parameters ?? [];
  return found.flatMap(({ in: place, name, schema }) => {
    const shape = place === "query" ? endpoint.query?.shape : undefined;
    return shape ? [[`${endpoint.method} ${endpoint.path}?${name}`, schema, shape[name] as z.ZodType] as const] : [];
  });
});

describe("the description of a parameter says what is accepted", () => {
  it.each(parameters)("%s", (_, schema, validation) => {
    const validate = validatorOf(schema);
    const isNumber = schema.type === "integer";
    fc.assert(
      fc.property(near(schema).map(String), (sent) => {
        // Only plain decimals: clients write no number otherwise.
        const value = isNumber && /^-?\d+(\.\d+)?$/.test(sent) ? Number(sent) : sent;
        expectAgreement(value, validate(value), validation, sent);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the description", () => {
  it("has no links to operations that don't exist", () => {
    type Linked = { links?: Record<string, { operationId: string }> };
    const paths = description.paths as Record<string, Record<string, { operationId: string; responses: object }>>;
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    const ids = new Set(operations.map(({ operationId }) => operationId));
    const replies = operations.flatMap(({ responses }) => Object.values(responses) as Linked[]);
    const targets = replies.flatMap(({ links = {} }) => Object.values(links)).map(({ operationId }) => operationId);
    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((id) => !ids.has(id))).toEqual([]);
  });
});

/** All bodies of the description with JSON: of requests and of replies. */
const bodies = Object.values(description.paths as Record<string, Record<string, Operation>>)
  .flatMap((path) => Object.values(path))
  .flatMap((operation) => {
    const { operationId, requestBody, responses } = operation as Operation & Record<"operationId" | "responses", never>;
    const replies = Object.entries(responses as Record<string, Reply>).map(([status, reply]) => {
      return [`${operationId as string} → ${status}`, (resolve(reply) as Reply).content] as const;
    });
    return [[operationId, requestBody?.content] as const, ...replies];
  })
  .flatMap(([name, content = {}]) =>
    Object.entries(content).flatMap(([type, found]) => (/\bjson$/.test(type) ? [[name, found] as const] : [])),
  );

describe("the examples", () => {
  it("exist for every body, and are as described", () => {
    expect(bodies.length).toBeGreaterThan(100);
    for (const [name, { schema, example }] of bodies) {
      const validate = validatorOf(schema);
      expect([name, validate(example), validate.errors]).toEqual([name, true, null]);
    }
  });

  it("exist for every parameter of a path, and are as described", () => {
    for (const endpoint of endpoints) {
      for (const { in: place, name, schema } of operationOf(endpoint).parameters ?? []) {
        if (place !== "path") continue;
        const [example] = (schema as { examples?: unknown[] }).examples ?? [];
        expect([endpoint.path, name, validatorOf(schema)(example)]).toEqual([endpoint.path, name, true]);
      }
    }
  });
});

describe("the operations", () => {
  it("have names of their own", () => {
    const names = endpoints.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
  });

  it("have no noise in their schemas", () => {
    const text = JSON.stringify(description);
    expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
    expect(text.match(/"pattern":"[^"]{200,}"/g) ?? []).toEqual([]);
  });
});
