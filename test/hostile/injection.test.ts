// Bodies, queries, paths, forms and socket messages that try to be more than data: queries of the database, fields that
// clients may not set, properties of the language, and JSON that parsers read in different ways.
import { beforeAll, describe, expect, it, test } from "@jest/globals";
import { createApi, sendAsIs } from "../helper.ts";
import { sendAs, requestsOf } from "../support/endpoints.ts";
import { connectLive } from "../support/live.ts";
import { useTarget } from "../support/target.ts";
import { tryUpload } from "../support/uploads.ts";
import { createVictim, stateOf, type Victim } from "../support/victim.ts";
import { gradient } from "../support/files.ts";

const target = useTarget({ RATE_LIMIT_SCALE: "1000" });

let victim: Victim;
let before: object;
beforeAll(async () => {
  victim = await createVictim(target);
  before = await stateOf(victim);
});

/** The valid requests with a body. */
const bodies = () =>
  Object.entries(requestsOf(victim)).flatMap(([name, { path, json }]) =>
    json === undefined ? [] : [{ name, method: name.split(" ")[0]!, path, json }],
  );

type Json = Record<string, unknown>;

/** All copies of a body in which one value is replaced. */
function variants(json: Json, replace: (value: unknown) => unknown[]): { field: string; json: Json }[] {
  return Object.entries(json).flatMap(([field, value]) => [
    ...replace(value).map((replaced) => ({ field, json: { ...json, [field]: replaced } })),
    ...(typeof value === "object" && value !== null && !Array.isArray(value)
      ? variants(value as Json, replace).map((inner) => ({
          field: `${field}.${inner.field}`,
          json: { ...json, [field]: inner.json },
        }))
      : []),
  ]);
}

/** Values that mean something to a database or to a careless program. */
const OPERATORS: unknown[] = [
  { $gt: "" },
  { $ne: null },
  { $exists: true },
  { $regex: ".*" },
  { $in: ["a", "b"] },
  { $where: "sleep(10000) || true" },
  { $expr: { $function: { body: "while(true);", args: [], lang: "js" } } },
  { $set: { passwordHash: "x" } },
  [{ $ne: null }],
  ["a", "b"],
  { toString: "x", valueOf: "x", length: 1 },
  { "0": "a", length: 1 },
];

describe("operators of a database", () => {
  it("are refused in place of every value of every body", async () => {
    await target.underAttack(async () => {
      for (const { name, method, path, json } of bodies()) {
        for (const variant of variants(json, () => OPERATORS)) {
          const reply = await sendAs(victim.who, method, { path, json: variant.json });
          expect([name, variant.json, reply.status]).toEqual([name, variant.json, reply.status === 400 ? 400 : 422]);
        }
      }
    });
    expect(await stateOf(victim)).toEqual(before);
  });

  it("are only text in paths and queries", async () => {
    const { api } = victim.who;
    const injected = encodeURIComponent('{"$ne":null}');
    for (const path of [
      `/user/${injected}`,
      "/user/[$ne]",
      `/tweet/${injected}`,
      `/media/${injected}`,
      "/tweet/$where",
    ]) {
      expect([path, (await api.get(path)).status]).toEqual([path, 404]);
    }
    for (const path of [`/tweet/${injected}`, `/sessions/${injected}`, `/user/${injected}/follow`, "/sessions/$ne"]) {
      expect([path, (await api.delete(path)).status]).toEqual([path, 404]);
    }
    const plain = await api.get<Json>("/feed");
    for (const query of [
      "limit[$gt]=1",
      "before[$ne]=x",
      "userId[$ne]=x",
      "$where=sleep(1)",
      "authorId=1",
      "__proto__[limit]=1",
    ]) {
      const reply = await api.get<Json>(`/feed?${query}`);
      expect([query, reply.status, reply.body]).toEqual([query, 200, plain.body]);
    }
    for (const query of [
      'before={"$gt":""}',
      "before[]=1&before=1",
      "limit=1&limit=2",
      "limit=",
      "limit=1e1",
      "after=$gt",
    ]) {
      expect([query, (await api.get(`/feed?${query}`)).status === 200]).toEqual([query, query.startsWith("before[]")]);
    }
    expect((await api.get("/users?q[$regex]=.*&limit=1")).status).toBe(200);
    expect((await api.get("/users?q=.*")).body).toEqual({ users: [] });
    expect(await stateOf(victim)).toEqual(before);
  });

  it("are no token", async () => {
    for (const token of ['{"$ne":null}', "[object Object]", "true", "$ne", "*"]) {
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { cookie: `session=${encodeURIComponent(token)}` },
      ]) {
        expect((await createApi(target.url).get("/feed", headers)).status).toBe(401);
      }
    }
  });

  it("are refused over a socket", async () => {
    for (const token of [{ $ne: null }, ["a"], 1, true, { toString: "x" }]) {
      const refused = await connectLive(target.url, undefined, { auth: { token } }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ data: { code: "UNAUTHORIZED" } });
    }
    const live = await connectLive(target.url, victim.who.token);
    for (const value of OPERATORS) {
      for (const [event, field] of [
        ["watch", "username"],
        ["unwatch", "username"],
        ["sync", "after"],
      ] as const) {
        const { error } = await live.ask(event, { [field]: value });
        expect([event, value, error?.code]).toEqual([event, value, "VALIDATION_ERROR"]);
        expect((await live.ask(event, value)).error?.status).toBeLessThan(500);
      }
    }
  });
});

/** Fields of stored documents, and words that mean power elsewhere. */
const FORBIDDEN = [
  ...["_id", "authorId", "author", "userId", "ownerId", "createdAt", "updatedAt", "seq", "key", "conversation"],
  ...[
    "role",
    "roles",
    "admin",
    "isAdmin",
    "verified",
    "passwordHash",
    "hash",
    "salt",
    "token",
    "sessions",
    "sessionId",
  ],
  ...["delivered", "notified", "deleted", "deletedAt", "counts", "tweetsCount", "followersCount", "usedBy", "bytes"],
  ...["$set", "$inc", "$unset", "author.id", "constructor", "prototype", "toString", "hasOwnProperty", "", " ", "TEXT"],
];

describe("fields that clients may not set", () => {
  it("are refused at every level of every body", async () => {
    for (const { name, method, path, json } of bodies()) {
      for (const field of FORBIDDEN.filter((one) => !(one in json) || one === "constructor" || one === "toString")) {
        const inner = Object.entries(json).find(
          ([, value]) => typeof value === "object" && !Array.isArray(value) && value,
        );
        const nested = inner ? [{ ...json, [inner[0]]: { ...(inner[1] as Json), [field]: 1 } }] : [];
        for (const body of [{ ...json, [field]: 1 }, ...nested]) {
          const reply = await sendAs(victim.who, method, { path, json: body });
          expect([name, field, reply.status, reply.body["code"]]).toEqual([name, field, 400, "UNKNOWN_FIELD"]);
        }
      }
    }
    expect(await stateOf(victim)).toEqual(before);
  });

  it("are refused in a form", async () => {
    const png = await gradient(8, 8).png().toBuffer();
    for (const field of ["ownerId", "id", "type", "bytes", "__proto__", "constructor", "alt[$ne]"]) {
      const reply = await sendForm(field, png);
      expect([field, reply.status]).toEqual([field, 400]);
    }
    expect((await tryUpload(victim.who, png)).status).toBe(201);
  });
});

function sendForm(field: string, file: Buffer) {
  const part = (head: string) => Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`);
  const raw = Buffer.concat([
    part(`name="${field}"`),
    Buffer.from("1\r\n"),
    part('name="file"; filename="a.png"'),
    file,
    Buffer.from("\r\n--b--\r\n"),
  ]);
  return victim.who.api.send("POST", "/media", {
    raw: new Uint8Array(raw),
    headers: { "content-type": "multipart/form-data; boundary=b" },
  });
}

describe("properties of the language", () => {
  const POLLUTION = [
    '"__proto__":{"polluted":1,"admin":true}',
    '"__proto__":null',
    '"constructor":{"prototype":{"polluted":1}}',
    '"\\u005f_proto__":{"polluted":1}',
    '"metadata":{"__proto__":{"polluted":1}}',
    '"location":{"lat":1,"lon":2,"__proto__":{"name":"polluted"}}',
    '"metadata":{"constructor":{"prototype":{"polluted":1}}}',
  ];

  it.each(POLLUTION)("are refused in JSON: %s", async (fields) => {
    const headers = { "content-type": "application/json" };
    const reply = await victim.who.api.send("POST", "/tweet", { raw: `{"text":"polluted",${fields}}`, headers });
    expect(reply.status).toBe(400);
    expect(await stateOf(victim)).toEqual(before);
  });

  it("are ignored in queries, and change no later answer", async () => {
    const { api } = victim.who;
    const description = (await api.get("/openapi.json")).text;
    for (const query of [
      "__proto__[polluted]=1",
      "constructor[prototype][polluted]=1",
      "__proto__.limit=1",
      "__proto__=1",
    ]) {
      expect((await api.get(`/feed?${query}`)).status).toBe(200);
    }
    const live = await connectLive(target.url, victim.who.token);
    for (const raw of ['{"__proto__":{"username":"x"}}', '{"constructor":{"prototype":{"username":"x"}}}']) {
      expect((await live.ask("watch", JSON.parse(raw))).error?.status).toBeGreaterThan(399);
    }
    expect((await api.post("/tweet", {})).status).toBe(422);
    expect((await api.get("/openapi.json")).text).toBe(description);
    expect(await stateOf(victim)).toEqual(before);
  });
});

test("JSON that parsers read differently is read in one way or refused", async () => {
  const send = (raw: string | Buffer, type = "application/json") =>
    sendAsIs(
      target.url,
      "POST",
      "/notifications/read",
      { authorization: `Bearer ${victim.who.token}`, "content-type": type },
      raw,
    );
  const upTo = '"upTo":"1"';
  const cases: [number[], string | Buffer][] = [
    // The last of two counts, and is validated.
    [[204], `{"upTo":"x",${upTo}}`],
    [[422], `{${upTo},"upTo":"x"}`],
    [[400], `{${upTo},}`],
    [[400], `{${upTo}}{}`],
    [[400], `{${upTo}}\u0000`],
    [[400], `{/**/${upTo}}`],
    [[400], `{upTo:"1"}`],
    [[400], `{${upTo},"a":NaN}`],
    [[400], `{${upTo},"a":0x1}`],
    [[400], Buffer.from(`{${upTo}}`, "utf16le")],
    [[400], Buffer.concat([Buffer.from('{"upTo":"1'), Buffer.from([0xff]), Buffer.from('"}')])],
    [[422], '{"upTo":"1\\u0000"}'],
    [[422], '{"upTo":"\\ud800"}'],
    [[422], '{"upTo":1}'],
    [[422], '{"upTo":1e400}'],
    [[400], "[".repeat(60_000)],
    [[400], `{"a":`.repeat(10_000)],
    [[400], `${'{"a":'.repeat(8000)}1${"}".repeat(8000)}`],
    [[400], `{${Array.from({ length: 5000 }, (_, n) => `"k${n}":1`).join(",")}}`],
    // A byte order mark is not part of the text (RFC 8259, section 8.1, lets parsers ignore it).
    [[204, 400], `\ufeff{${upTo}}`],
  ];
  const statuses = await target.underAttack(async () => {
    const all: number[] = [];
    for (const [, raw] of cases) all.push((await send(raw)).status);
    return all;
  });
  for (const [n, [right, raw]] of cases.entries()) {
    const status = statuses[n]!;
    expect([String(raw).slice(0, 60), right.includes(status) ? right : status]).toEqual([
      String(raw).slice(0, 60),
      right,
    ]);
  }
  expect(await stateOf(victim)).toEqual(before);
});

test("no text with half a character, a NUL or other controls is stored", async () => {
  for (const { name, method, path, json } of bodies()) {
    const broken = (value: unknown) =>
      typeof value === "string" ? ["\u0000", "\ud800", "\udfff", "\u0007", "\u001b[31m"].map((bad) => value + bad) : [];
    for (const variant of variants(json, broken)) {
      if (/password|current/.test(variant.field)) continue;
      const { status } = await sendAs(victim.who, method, { path, json: variant.json });
      // A name that nobody can have is no different from a wrong one.
      const right =
        name === "POST /auth/login" ? [401, 422] : name === "DELETE /push/subscription" ? [204, 422] : [422];
      expect([name, variant.json, right.includes(status) ? right : status]).toEqual([name, variant.json, right]);
    }
  }
  expect(await stateOf(victim)).toEqual(before);
});
