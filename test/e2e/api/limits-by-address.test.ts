import { beforeAll, describe, expect, it } from "@jest/globals";
import { connectLive, expectProblem, type Reply, signUp, uniqueName, useStarling, type Person } from "../../helper.ts";

// Small limits behind one proxy, so that a test can come from anywhere.
const starling = useStarling({ RATE_LIMIT_SCALE: "0.02", TRUST_PROXY: "1" });
let alice: Person;
beforeAll(async () => {
  // One sign-up an hour is what this scale leaves to an address.
  alice = await signUp(starling.url, "alice");
});

let addresses = 0;
const newAddress = () => `198.51.100.${(addresses += 1)}`;
const from = (address: string) => ({ "x-forwarded-for": address });
const withToken = (address: string, token: string) => ({ ...from(address), authorization: `Bearer ${token}` });

function expectLimitTold(reply: Reply): void {
  for (const name of ["limit", "remaining", "reset"]) {
    expect([reply.status, name, reply.headers.get(`ratelimit-${name}`)]).toEqual([
      reply.status,
      name,
      expect.stringMatching(/^\d+$/),
    ]);
  }
}

/** @returns how many requests passed before the refusal, which is checked */
async function countUntilRefused(send: () => Promise<Reply>): Promise<number> {
  for (let passed = 0; passed < 50; passed += 1) {
    const reply = await send();
    expectLimitTold(reply);
    if (reply.status !== 429) continue;
    expectProblem(reply, 429, "RATE_LIMITED");
    expect(reply.headers.get("ratelimit-remaining")).toBe("0");
    return passed;
  }
  throw new Error("never refused");
}

describe("a limit", () => {
  it("is told with every reply that counts, refusals too", async () => {
    const { api } = starling;
    const cookie = { cookie: `session=${alice.token}`, origin: "https://elsewhere.example" };
    const replies: [number, Promise<Reply>][] = [
      [401, api.get("/feed", from(newAddress()))],
      [401, api.get("/feed", withToken(newAddress(), "x"))],
      [401, api.get("/user/nobody", withToken(newAddress(), "x"))],
      [401, api.get("/feed", { ...from(newAddress()), authorization: "Basic abc" })],
      [403, api.send("POST", "/tweet", { json: { text: "x" }, headers: { ...cookie, ...from(newAddress()) } })],
      [404, api.get("/tweet/1", from(newAddress()))],
      [404, api.get("/tweet/1", { ...from(newAddress()), accept: "text/html" })],
      [422, api.get("/user/nobody?limit=0", from(newAddress()))],
      [
        400,
        api.send("POST", "/auth/signup", {
          raw: "{",
          headers: { ...from(newAddress()), "content-type": "application/json" },
        }),
      ],
      [415, api.send("POST", "/auth/login", { raw: "x", headers: from(newAddress()) })],
      [401, api.send("POST", "/auth/login", { json: { username: "x", password: "x" }, headers: from(newAddress()) })],
    ];
    for (const [status, sent] of replies) {
      const reply = await sent;
      expect(reply.status).toBe(status);
      expectLimitTold(reply);
    }
  });

  it("stops one who tries tokens, at the address they come from", async () => {
    const attacker = newAddress();
    let tokens = 0;
    const passed = await countUntilRefused(() =>
      starling.api.get("/feed", withToken(attacker, `guess-${(tokens += 1)}`)),
    );
    expect(passed).toBeGreaterThan(3);
    expectProblem(await starling.api.get("/feed", withToken(newAddress(), "guess")), 401);
    expect((await starling.api.get("/feed", withToken(attacker, alice.token))).status).toBe(200);
  });

  it("believes the proxy's word on the address, and no more", async () => {
    const attacker = newAddress();
    let claims = 0;
    await countUntilRefused(() => {
      const claimed = `203.0.113.${(claims += 1)}`;
      return starling.api.get("/tweet/1", from(`${claimed}, ${attacker}`));
    });
    expectProblem(await starling.api.get("/tweet/1", from(newAddress())), 404);
  });

  it("counts all addresses of one IPv6 customer as one", async () => {
    let addresses = 0;
    await countUntilRefused(() =>
      starling.api.send("POST", "/auth/login", {
        json: { username: uniqueName(), password: "wrong password" },
        headers: from(`2001:db8:0:7::${(addresses += 1)}`),
      }),
    );
  });

  it("stops sign-ups before their passwords are hashed", async () => {
    const address = newAddress();
    const signup = () =>
      starling.api.send("POST", "/auth/signup", {
        json: { username: uniqueName(), password: "x".repeat(128) },
        headers: from(address),
      });
    expect(await countUntilRefused(signup)).toBe(1);
  });
});

describe("a live connection", () => {
  const connect = (address: string, token?: string) =>
    connectLive(starling.url, token, { extraHeaders: from(address) });

  it("counts by address for who has no session, also behind a proxy", async () => {
    const [first, second] = [await connect(newAddress()), await connect(newAddress())];
    let refused;
    for (let asked = 0; asked < 50 && !refused; asked += 1) {
      const { error } = await first.ask("watch", { username: "nobody" });
      if (error?.status === 429) refused = error;
      else expect(error?.status).toBe(404);
    }
    expect(refused).toMatchObject({ status: 429, code: "RATE_LIMITED" });
    expect((await second.ask("watch", { username: alice.username })).ok).toBe(true);
  });

  it("can't be used to try tokens without end", async () => {
    const attacker = newAddress();
    const codes: unknown[] = [];
    while (codes.length < 50 && codes.at(-1) !== "RATE_LIMITED") {
      const error = await connect(attacker, `guess-${codes.length}`).catch((reason: unknown) => reason);
      codes.push((error as { data?: { code?: string } }).data?.code);
    }
    expect(codes[0]).toBe("UNAUTHORIZED");
    expect(codes.at(-1)).toBe("RATE_LIMITED");
    (await connect(attacker, alice.token)).close();
  });
});
