import { beforeAll, describe, expect, it } from "@jest/globals";
import { connectLive, expectProblem, type Reply, signUp, uniqueName, useStarling, type Person } from "../../helper.ts";

// Small limits behind one proxy, so that a test can use any address.
const starling = useStarling({ RATE_LIMIT_SCALE: "0.02", TRUST_PROXY: "1" });
let alice: Person;
beforeAll(async () => {
  // This scale leaves one sign-up an hour to each address.
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

/** Checks the refusal. @returns the number of requests that passed before it */
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
  it("is shown with every reply that counts, including refusals", async () => {
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

  it("stops an address that guesses tokens, but no user with a valid one", async () => {
    const attacker = newAddress();
    let tokens = 0;
    const passed = await countUntilRefused(() =>
      starling.api.get("/feed", withToken(attacker, `guess-${(tokens += 1)}`)),
    );
    expect(passed).toBeGreaterThan(3);
    expectProblem(await starling.api.get("/feed", withToken(newAddress(), "guess")), 401);
    expect((await starling.api.get("/feed", withToken(attacker, alice.token))).status).toBe(200);
  });

  it("takes the address from the proxy, and from nobody else", async () => {
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

  it("is counted by address if it has no session, also behind a proxy", async () => {
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

  it("can't be used to guess tokens without limit", async () => {
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
