import { z } from "zod";
import { createDocument } from "zod-openapi";
import type { Config } from "../../config/config.ts";
import {
  ANONYMOUS_LIMIT,
  CONNECTIONS_LIMIT,
  LIVE_EVENTS,
  LIVE_REQUESTS,
  MESSAGE_LIMIT_BYTES,
  WAITING_LIMIT,
  WATCHED_LIMIT,
} from "../../contract/live.ts";
import { Problem } from "../../contract/shapes.ts";
import { problem } from "../gateway/problems.ts";
import { CODES } from "./description/codes.ts";
import { FOLLOW_NOTICE, NOTIFICATION_ID, TWEET } from "./description/examples.ts";
import { plainSchemas } from "./description/plain-schemas.ts";

const GUIDE = `
Live events over [socket.io](https://socket.io), at the same origin, with its default path \`/socket.io/\`. Use a client
library of socket.io, version 4: what goes over the websocket is its protocol, not bare JSON.

- **Connect** with \`auth: { token }\`; pages of the site itself are known by their cookie. Without a token, a connection
  may only watch profiles.
- **Refusals**: a bad token gets \`connect_error\`, whose \`data\` is a problem with the code \`UNAUTHORIZED\`. Too many
  connections or requests get \`TOO_MANY_CONNECTIONS\` or \`RATE_LIMITED\`, before the connection is made as 429 or 503 with
  \`Retry-After\`.
- **Missed events**: a connection that was lost misses what happened meanwhile. Whenever it is back, and on \`resync\`,
  call \`sync\` with the id of the newest tweet that you have, and read \`GET /notifications\`.
- **Requests** are acknowledged: the acknowledgement is the answer, or \`{ error }\` with a problem. They count for the
  limit \`read\`.
- **When a session ends**, its connections are closed at once.
- **Read what you ask for**: a client that does not read is cut off.`.trim();

const LIMITS_TABLE = [
  "| what | at most |",
  "| --- | --- |",
  `| profiles that a connection watches | ${WATCHED_LIMIT} |`,
  `| requests of a connection that wait for their turn | ${WAITING_LIMIT} |`,
  `| connections of a user to one node | ${CONNECTIONS_LIMIT} |`,
  `| connections without a token from one address | ${ANONYMOUS_LIMIT} |`,
  `| bytes in a message of a client | ${MESSAGE_LIMIT_BYTES} |`,
].join("\n");

const EXAMPLES: Readonly<Record<string, unknown>> = {
  tweet: TWEET,
  "tweet:deleted": { id: TWEET.id },
  notification: FOLLOW_NOTICE,
  "notifications:read": { upTo: NOTIFICATION_ID, unread: 0, unreadGroups: [] },
  "notification:deleted": { id: NOTIFICATION_ID, unread: 0, unreadGroups: [] },
  reconnect: { afterMs: 1340 },
  watch: { username: "grace" },
  unwatch: { username: "grace" },
  sync: { after: TWEET.id },
};
const REFUSED = problem(404, "NOT_FOUND", CODES.NOT_FOUND.meaning);
const ANSWERS: Readonly<Record<string, object>> = {
  watch: { ok: true },
  unwatch: { ok: true },
  sync: { tweets: [TWEET], more: false },
};

const Refusal = z.object({ error: Problem });

interface Message {
  name: string;
  title: string;
  summary: string;
  payload: object;
  examples?: object[];
}

/** For example `notificationsRead` of `notifications:read`. */
function idOf(name: string): string {
  return name.replace(/:(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const refTo = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/**
 * Makes the AsyncAPI 3.0 description of live connections from the schemas that the server uses.
 *
 * @param version the version of the product
 */
export function describeLive({ publicUrl }: Pick<Config, "publicUrl">, version: string) {
  const payloads: Record<string, z.ZodType> = {};
  const messages: Record<string, Message> = {};
  const operations: Record<string, object> = {};
  const channel = { $ref: "#/channels/live" };
  const inChannel = (id: string) => ({ $ref: `#/channels/live/messages/${id}` });

  function add(name: string, id: string, summary: string, payload: z.ZodType | null, example?: unknown): void {
    if (payload) payloads[id] = payload;
    messages[id] = {
      name,
      title: name,
      summary,
      payload: { type: "null" },
      ...(example !== undefined && { examples: [{ payload: example }] }),
    };
  }

  for (const [name, { when, payload }] of Object.entries(LIVE_EVENTS)) {
    const id = idOf(name);
    add(name, id, when, payload, EXAMPLES[name]);
    operations[id] = { action: "send", channel, summary: when, messages: [inChannel(id)] };
  }
  for (const [name, { does, input, answer }] of Object.entries(LIVE_REQUESTS)) {
    const answerId = `${name}Answer`;
    add(name, name, does, input, EXAMPLES[name]);
    add(answerId, answerId, `The acknowledgement of \`${name}\`.`, answer, ANSWERS[name]);
    const reply = { channel, messages: [inChannel(answerId), inChannel("refusal")] };
    operations[name] = { action: "receive", channel, summary: does, messages: [inChannel(name)], reply };
  }
  add("refusal", "refusal", "The acknowledgement of a request that was refused.", Refusal, { error: REFUSED });

  const { protocol, host } = new URL(publicUrl);
  const { described, schemas } = describePayloads(payloads);
  for (const [id, payload] of Object.entries(described)) messages[id]!.payload = payload;
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Starling, live",
      version,
      description: `${GUIDE}\n\n## Limits of live connections\n\n${LIMITS_TABLE}`,
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      live: {
        host,
        pathname: "/socket.io/",
        protocol: "socket.io",
        protocolVersion: "5",
        description: protocol === "https:" ? "Over TLS" : "Without TLS",
        security: [refTo("securitySchemes", "token")],
      },
    },
    channels: {
      live: {
        address: "/",
        title: "The default namespace of socket.io",
        messages: Object.fromEntries(Object.keys(messages).map((id) => [id, refTo("messages", id)])),
      },
    },
    operations,
    components: {
      messages,
      schemas,
      securitySchemes: {
        token: { type: "apiKey", in: "password", description: "`auth: { token }` of socket.io's handshake; optional" },
      },
    },
  };
}

/** JSON Schemas of payloads, by the ids of their messages, and of the named shapes that they refer to. */
function describePayloads(payloads: Readonly<Record<string, z.ZodType>>) {
  // They are described as the answer to a request, which OpenAPI and AsyncAPI do alike.
  const content = Object.fromEntries(Object.entries(payloads).map(([id, schema]) => [id, { schema }]));
  const { paths, components } = createDocument(
    {
      openapi: "3.1.0",
      info: { title: "", version: "" },
      paths: { "/": { get: { responses: { 200: { description: "", content } } } } },
    },
    { override: plainSchemas },
  );
  const reply = paths?.["/"]?.get?.responses?.["200"] as { content: Record<string, { schema: object }> };
  const described = Object.fromEntries(Object.entries(reply.content).map(([id, { schema }]) => [id, schema]));
  return { described, schemas: components?.schemas ?? {} };
}
