import { beforeAll, describe, expect, it } from "@jest/globals";
import { expectInvalid, expectProblem, useStarling, type Person, type Tweet } from "../../helper.ts";

const starling = useStarling();
let alice: Person;
beforeAll(async () => {
  ({ alice } = await starling.cast("alice"));
});

const post = (json: unknown) => alice.api.post<Tweet>("/tweet", json);
const postRaw = (raw: string | Uint8Array<ArrayBuffer>, contentType = "application/json") =>
  alice.api.send<Tweet>("POST", "/tweet", { raw, headers: { "content-type": contentType } });

describe("a tweet's text", () => {
  const url = `https://example.com/${"long/".repeat(40)}`;
  it.each([
    ["280 letters", "a".repeat(280)],
    ["one letter", "a"],
    ["140 CJK characters", "雪".repeat(140)],
    ["140 emoji", "🐦".repeat(140)],
    ["140 families of four", "👨‍👩‍👧‍👦".repeat(140)],
    ["140 flags", "🇯🇵".repeat(140)],
    ["a long URL and 256 letters", `${url} ${"a".repeat(256)}`],
    ["280 combining pairs", "e\u0301".repeat(280)],
    ["lines, tabs and markup", 'a\n\tb <script>alert("x")</script> & \\ \' %s ${x}'],
    ["right to left", "שלום \u202E عالم"],
  ])("may be %s, and is returned unchanged", async (_what, text) => {
    const reply = await post({ text });
    expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
    expect(reply.body.text.normalize()).toBe(text.normalize());
    expect((await starling.api.get<Tweet>(`/tweet/${reply.body.id}`)).body.text).toBe(reply.body.text);
  });

  it.each([
    ["281 letters", "a".repeat(281)],
    ["141 CJK characters", "雪".repeat(141)],
    ["141 emoji", "🐦".repeat(141)],
    ["a long URL and 257 letters", `${url} ${"a".repeat(257)}`],
    ["much too long", "a".repeat(20_000)],
    ["empty, without media", ""],
    ["a number", 5],
    ["null", null],
    ["a list", ["a"]],
    ["an object", { $gt: "" }],
    ["missing", undefined],
  ])("may not be %s", async (_what, text) => {
    expectInvalid(await post({ text }), "text");
  });

  it.each([
    ["NUL", "a\u0000b"],
    ["control characters", "a\u0001\u0007\u001b[31mb\u007f"],
    ["a lone high surrogate", "a\ud800b"],
    ["a lone low surrogate", "\udc00"],
    ["non-characters", "\uffff\ufffe"],
  ])("with %s is either refused or stored, and never fails", async (_what, text) => {
    const reply = await postRaw(JSON.stringify({ text }));
    if (reply.status === 201) {
      expect((await starling.api.get<Tweet>(`/tweet/${reply.body.id}`)).body.text).toBe(reply.body.text);
    } else {
      expectProblem(reply, [400, 422]);
    }
  });
});

describe("a tweet's other fields", () => {
  it.each([
    [{ lat: 90, lon: 180 }],
    [{ lat: -90, lon: -180 }],
    [{ lat: 0.000001, lon: -0.000001, name: "Null Island" }],
  ])("may have the location %j", async (location) => {
    expect((await post({ text: "here", location })).body.location).toEqual(location);
  });

  it.each([
    [{ lat: 90.001, lon: 0 }],
    [{ lat: 0, lon: -180.001 }],
    [{ lat: 1e308, lon: 0 }],
    [{ lat: "1", lon: 2 }],
    [{ lat: 1 }],
    [{ lat: null, lon: null }],
    [{ lat: 1, lon: 2, name: 3 }],
    ["Sydney"],
    [5],
    [[1, 2]],
  ])("may not have the location %j", async (location) => {
    expectInvalid(await post({ text: "here", location }), "location");
  });

  it.each([["web"], [5], [[]], [{ client: 5 }], [{ lang: { $ne: 1 } }], [{ client: ["a"] }]])(
    "may not have the metadata %j",
    async (metadata) => {
      expectInvalid(await post({ text: "here", metadata }), "metadata");
    },
  );

  it.each([
    "en",
    "zh-Hant-TW",
    "zh-yue",
    "de-CH-1996",
    "es-419",
    "en-x-a",
    "en-US-u-hc-h12",
    "de-a-value-x-y",
    "x-own",
  ])("may have the language %s", async (lang) => {
    expect((await post({ text: "here", metadata: { lang } })).body).toMatchObject({ metadata: { lang } });
  });

  it.each([
    "",
    "e",
    "english",
    "en_US",
    "en-",
    "-en",
    "en--US",
    "en-u",
    "en-x",
    "en-u-x-a",
    "x",
    "en US",
    "12",
    "en-é",
  ])("may not have the language %j", async (lang) => {
    expectInvalid(await post({ text: "here", metadata: { lang } }), "metadata");
  });

  it.each([["1"], [{}], [[1]], [[null]], [["1", "2", "3", "4", "5"]], [[{ id: "1" }]]])(
    "may not have the media %j",
    async (media) => {
      expectInvalid(await post({ text: "here", media }), "media");
    },
  );

  it("may not have unknown media", async () => {
    expectProblem(await post({ text: "here", media: ["1234567890123456789"] }), [404, 422]);
  });

  it.each([
    [{ id: "1" }],
    [{ createdAt: "2006-03-21T20:50:14.000Z" }],
    [{ authorId: "1" }],
    [{ delivered: true }],
    [{ location: { lat: 1, lon: 2, height: 3 } }],
    [{ metadata: { client: "test", ip: "127.0.0.1" } }],
    [{ constructor: { prototype: {} } }],
    [{ hasOwnProperty: 1 }],
  ])("may not have %j, an unknown field", async (unknown) => {
    expectProblem(await post({ text: "hello", ...unknown }), 400);
  });

  it.each(['{"text":"a","__proto__":{"admin":true}}', '{"text":"a","location":{"lat":1,"lon":2,"__proto__":{"x":1}}}'])(
    "may not have a prototype: %s",
    async (raw) => {
      expectProblem(await postRaw(raw), 400);
      expect(await post({ text: "still the same" })).toMatchObject({ status: 201, body: { location: null } });
    },
  );
});
