import { beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem, uniqueName, useStarling, type Person, type Reply } from "../../helper.ts";

// The default limits, so these tests always start their own server. They sign up few users, because signup has a limit.
const starling = useStarling({ RATE_LIMIT_SCALE: "1" });
let alice: Person;
let bob: Person;
beforeAll(async () => {
  ({ alice, bob } = await starling.cast("alice", "bob"));
});

function limitOf(reply: Reply): { limit: number; remaining: number; reset: number } {
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) => {
    const value = reply.headers.get(`ratelimit-${name}`);
    expect([name, value]).toEqual([name, expect.stringMatching(/^\d+$/)]);
    return Number(value);
  });
  return { limit: limit!, remaining: remaining!, reset: reset! };
}

let attempts = 0;
/** Tries to log in, and pretends to come from a different address each time. */
function tryPassword(username: string): Promise<Reply> {
  attempts += 1;
  const address = `203.0.113.${attempts % 250}`;
  const headers = { "x-forwarded-for": address, "x-real-ip": address, forwarded: `for=${address}` };
  return starling.api.send("POST", "/auth/login", { json: { username, password: "wrong password" }, headers });
}

/** Repeats a request until the server refuses it. @returns all replies, the refusal last */
async function untilRefused(send: () => Promise<Reply>, atMost: number): Promise<Reply[]> {
  const replies: Reply[] = [];
  do replies.push(await send());
  while (replies.at(-1)!.status !== 429 && replies.length < atMost);
  return replies;
}

describe("rate limits", () => {
  it("are shown with the replies that count, and count down for each user", async () => {
    const [first, second, other] = [
      limitOf(await alice.api.post("/tweet", { text: "one" })),
      limitOf(await alice.api.post("/tweet", { text: "two" })),
      limitOf(await bob.api.post("/tweet", { text: "one" })),
    ];
    expect(first.limit).toBeGreaterThan(2);
    expect(second).toMatchObject({ limit: first.limit, remaining: first.remaining - 1 });
    expect(other).toMatchObject({ limit: first.limit, remaining: first.remaining });
    expect(first.reset).toBeGreaterThan(0);
  });

  it("stop the guessing of passwords, regardless of the name's case, and say when to retry", async () => {
    let upper = false;
    const replies = await untilRefused(() => {
      upper = !upper;
      return tryPassword(upper ? alice.username.toUpperCase() : alice.username.toLowerCase());
    }, 100);
    const refused = replies.at(-1)!;
    expectProblem(refused, 429);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(limitOf(refused).remaining).toBe(0);
    const guesses = replies.slice(0, -1);
    for (const reply of guesses) expectProblem(reply, 401);
    // A reply shows the tightest of all limits that counted the guess.
    const left = guesses.map((_, n) => guesses.length - 1 - n);
    expect(guesses.map((reply) => limitOf(reply).remaining)).toEqual(left);
    for (const reply of replies) expect(limitOf(reply).limit).toBe(guesses.length);
    // A user who mistypes a few times is not an attacker yet.
    expect(replies.length).toBeGreaterThan(3);
  });

  it("stop the guessing of many accounts, but no user with a session", async () => {
    const replies = await untilRefused(() => tryPassword(uniqueName()), 500);
    expectProblem(replies.at(-1)!, 429);
    expect((await alice.api.get("/feed")).status).toBe(200);
    expect((await alice.api.post("/tweet", { text: "still here" })).status).toBe(201);
  });
});
