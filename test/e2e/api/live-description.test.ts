// /asyncapi.json must say what live connections do: every event that arrives is described, and every described one arrives.
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { connectLive, eventually, logInAgain, type Live, type Starling, startStarling } from "../../helper.ts";

interface Message {
  name: string;
  payload: object;
  examples?: { payload: unknown }[];
}

interface Described {
  operations: Record<string, { action: "send" | "receive" }>;
  components: { messages: Record<string, Message> };
}

let starling: Starling;
let description: Described;
let isStopped = false;
const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true }));

beforeAll(async () => {
  starling = await startStarling({ LOG_LEVEL: "warn" });
  description = (await starling.api.get<Described>("/asyncapi.json")).body;
  ajv.addSchema(description, "live");
});
afterAll(async () => {
  if (!isStopped) await starling.stop();
});

function validatorOf(message: Message): ValidateFunction {
  return ajv.compile(JSON.parse(JSON.stringify(message.payload).replaceAll('"#/', '"live#/')) as object);
}

function messagesOf(action: "send" | "receive"): Message[] {
  const { operations, components } = description;
  const ids = Object.keys(operations).filter((id) => operations[id]!.action === action);
  return ids.map((id) => components.messages[id]!);
}

function expectFits(message: Message, payload: unknown): void {
  const validate = validatorOf(message);
  expect([message.name, validate(payload), validate.errors]).toEqual([message.name, true, null]);
}

describe("GET /asyncapi.json", () => {
  it("is valid AsyncAPI 3.0", () => {
    const schema = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0-without-$id.json") as object;
    const validate = addFormats.default(new Ajv({ strict: false })).compile(schema);
    expect([validate(description), validate.errors]).toEqual([true, null]);
  });

  it("has examples that fit", () => {
    const messages = Object.values(description.components.messages).filter(({ examples }) => examples);
    expect(messages.length).toBeGreaterThan(10);
    for (const message of messages) for (const { payload } of message.examples!) expectFits(message, payload);
  });

  it("describes the requests and their acknowledgements", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const live = await connectLive(starling.url, alice.token);
    const { id } = await alice.tweet("before");
    const { messages } = description.components;
    const payloads: Record<string, object> = {
      watch: { username: bob.username },
      unwatch: { username: bob.username },
      sync: { after: String(BigInt(id) - 1n) },
    };
    expect(
      messagesOf("receive")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(payloads).sort());
    for (const [name, payload] of Object.entries(payloads)) {
      expectFits(messages[name]!, payload);
      expectFits(messages[`${name}Answer`]!, await live.ask(name, payload));
      expectFits(messages["refusal"]!, await live.ask(name, { nobody: "knows" }));
    }
    live.close();
  });

  it("describes every event that arrives, and nothing else", async () => {
    const { carol, dora, erin } = await starling.cast("carol", "dora", "erin");
    const seen = new Map<string, unknown[][]>();
    const record = ({ socket }: Live) => {
      socket.onAny((name: string, ...payload: unknown[]) => {
        seen.set(name, [...(seen.get(name) ?? []), payload]);
      });
    };
    const seenAll = (...names: string[]) =>
      eventually(() => expect([...seen.keys()]).toEqual(expect.arrayContaining(names)));
    const other = await logInAgain(carol);
    for (const token of [carol.token, other.token]) record(await connectLive(starling.url, token));
    await carol.follow(dora);
    await seenAll("resync");
    const { id } = await dora.tweet(`hello @${carol.username}`);
    await seenAll("tweet", "notification");
    await erin.follow(carol);
    await eventually(() => expect(seen.get("notification")!.length).toBeGreaterThan(2));
    await carol.api.post("/notifications/read", { upTo: id });
    await seenAll("notifications:read");
    await dora.untweet(id);
    await erin.unfollow(carol);
    await seenAll("tweet:deleted", "notification:deleted");
    isStopped = true;
    await starling.stop();
    await seenAll("reconnect");

    const described = messagesOf("send");
    expect([...seen.keys()].sort()).toEqual(described.map(({ name }) => name).sort());
    for (const message of described) {
      for (const payload of seen.get(message.name)!) {
        if ((message.payload as { type?: string }).type === "null")
          expect([message.name, payload]).toEqual([message.name, []]);
        else expectFits(message, payload[0]);
      }
    }
  });
});
