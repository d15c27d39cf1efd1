/** The parts of a JSON Schema that the page shows. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  description?: string;
  pattern?: string;
  format?: string;
  default?: unknown;
  examples?: readonly unknown[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

interface Content {
  schema: Schema;
  example?: unknown;
}

export interface Reply {
  $ref?: string;
  description: string;
  headers?: Readonly<Record<string, unknown>>;
  content?: Readonly<Record<string, Content>>;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

/** An operation of the OpenAPI description. */
export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: readonly string[];
  security: readonly object[];
  parameters?: readonly Parameter[];
  requestBody?: { required?: boolean; content: Readonly<Record<string, Content>> };
  responses: Readonly<Record<string, Reply>>;
}

/** The OpenAPI description, as far as the page shows it. */
export interface Openapi {
  info: { title: string; version: string; description: string };
  servers: readonly { url: string }[];
  tags: readonly { name: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: {
    schemas: Readonly<Record<string, Schema>>;
    responses: Readonly<Record<string, Reply>>;
    headers: Readonly<Record<string, { description?: string }>>;
  };
}

interface Message {
  name: string;
  summary: string;
  payload: Schema;
  examples?: readonly { payload: unknown }[];
}

/** The AsyncAPI description, as far as the page shows it. */
export interface Asyncapi {
  info: { description: string };
  operations: Readonly<Record<string, { action: "send" | "receive"; summary: string }>>;
  components: { messages: Readonly<Record<string, Message>> };
}

/** The last part of a reference: `Tweet` of `#/components/schemas/Tweet`. */
export function nameOfRef(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}
