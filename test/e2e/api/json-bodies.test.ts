import { beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem, sendAsIs, useStarling, type Person, type Reply, type Tweet } from "../../helper.ts";

const starling = useStarling();
let alice: Person;
beforeAll(async () => {
  ({ alice } = await starling.cast("alice"));
});

const postRaw = (raw: string | Uint8Array<ArrayBuffer>, contentType = "application/json") =>
  alice.api.send<Tweet>("POST", "/tweet", { raw, headers: { "content-type": contentType } });

describe("a body", () => {
  it.each([
    ["cut short", '{"text":"hel'],
    ["with a comma too many", '{"text":"hello",}'],
    ["in single quotes", "{'text':'hello'}"],
    ["not JSON at all", "text=hello"],
    ["with NaN", '{"text":"a","location":{"lat":NaN,"lon":0}}'],
    ["with raw control characters", '{"text":"a\u0000b"}'],
    ["just a quote", '"'],
  ])("is 400 if it is malformed: %s", async (_what, raw) => {
    expectProblem(await postRaw(raw), 400);
  });

  it.each(["[]", "null", '"hello"', "5", "true", '[{"text":"hello"}]'])(
    "that is not an object, %s, is refused",
    async (raw) => {
      expectProblem(await postRaw(raw), [400, 422]);
    },
  );

  it("is required, and so are its fields", async () => {
    expectProblem(await alice.api.post("/tweet"), [400, 415, 422]);
    expectProblem(await postRaw(""), [400, 422]);
  });

  it("that is not UTF-8 is 400", async () => {
    for (const bytes of [
      [0xff, 0xfe],
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
    ]) {
      const raw = Buffer.concat([Buffer.from('{"text":"a'), Buffer.from(bytes), Buffer.from('"}')]);
      expectProblem(await postRaw(new Uint8Array(raw)), 400);
    }
  });

  it("that is nested too deeply is refused", async () => {
    for (const deep of ["[".repeat(50_000) + "]".repeat(50_000), '{"a":'.repeat(15_000) + "1" + "}".repeat(15_000)]) {
      for (const raw of [`{"text":${deep}}`, `{"text":"a","metadata":${deep}}`, `{"text":"a","x":${deep}}`, deep]) {
        expectProblem(await postRaw(raw), [400, 413, 422]);
      }
    }
  });

  it("with huge numbers is refused", async () => {
    for (const number of ["1e400", "-1e400", "9".repeat(400)]) {
      expectProblem(await postRaw(`{"text":"a","location":{"lat":${number},"lon":0}}`), [400, 422]);
    }
  });

  it("of megabytes is 413", async () => {
    const body = JSON.stringify({ text: "a".repeat(3_000_000) });
    const headers = { "content-type": "application/json", authorization: `Bearer ${alice.token}` };
    const length = { "content-length": String(body.length) };
    expectProblem(await sendAsIs(starling.url, "POST", "/tweet", { ...headers, ...length }, body), 413);
    const chunked: Reply = await sendAsIs(
      starling.url,
      "POST",
      "/tweet",
      { ...headers, "transfer-encoding": "chunked" },
      body,
    );
    expectProblem(chunked, 413);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "x",
    "",
  ])("of type %j is 415", async (contentType) => {
    expectProblem(await postRaw('{"text":"hello"}', contentType), 415);
  });

  it("may name its charset", async () => {
    for (const type of ["application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON"]) {
      expect((await postRaw('{"text":"grüße"}', type)).body).toMatchObject({ text: "grüße" });
    }
  });
});
