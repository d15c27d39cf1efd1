// More requests than one client may make: those beyond the limit are refused, and nobody else notices.
import { beforeAll, expect, test } from "@jest/globals";
import { createApi, expectProblem, type Person, type Reply, uniqueName } from "../helper.ts";
import { gradient } from "../support/files.ts";
import { connectLive } from "../support/live.ts";
import { useTarget } from "../support/target.ts";
import { tryUpload } from "../support/uploads.ts";

// Requests come from where the proxy says, so that the flood does not come from the bystander's address. A fifth of the
// limits is enough to show that they hold.
const target = useTarget({ TRUST_PROXY: "1", RATE_LIMIT_SCALE: "0.2" });

let mallory: Person;
beforeAll(async () => {
  ({ mallory } = await target.cast("mallory"));
});

/** An address of the attacker's. Before it stand addresses that the attacker has made up, a new one for each request. */
let invented = 0;
const from = (address: string) => ({ "x-forwarded-for": `192.0.2.${invented++ % 250}, 10.9.8.7, ${address}` });
const anonymous = (address: string, method: string, path: string, json?: unknown) =>
  createApi(target.url).send(method, path, { json, headers: from(address) });

/** Sends requests until one is refused. @returns the statuses of those before it */
async function flood(send: (n: number) => Promise<Reply>, limit: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n <= limit; n++) {
    const reply = await send(n);
    if (reply.status === 429) {
      expectProblem(reply, 429);
      expect(Number(reply.headers.get("ratelimit-remaining"))).toBe(0);
      expect(Number(reply.headers.get("retry-after"))).toBeLessThanOrEqual(3600);
      return statuses;
    }
    statuses.push(reply.status);
  }
  throw new Error(`None of ${limit + 1} requests was refused`);
}

/** The limit, at a fifth, and a request that counts against it. */
const FLOODS: [what: string, limit: number, send: (n: number) => Promise<Reply>][] = [
  ["reads of a visitor", 180, () => anonymous("198.51.100.1", "GET", "/tweet/1")],
  ["reads from the addresses of one IPv6 customer", 180, (n) => anonymous(`2001:db8:1:2::${n + 1}`, "GET", "/users")],
  [
    "bad tokens",
    180,
    (n) => createApi(target.url, `token${n}`).send("GET", "/feed", { headers: from("198.51.100.2") }),
  ],
  [
    "sign-ups",
    12,
    () =>
      anonymous("198.51.100.3", "POST", "/auth/signup", { username: uniqueName("spam"), password: "battery staple" }),
  ],
  [
    "logins to many accounts",
    20,
    (n) => anonymous("198.51.100.4", "POST", "/auth/login", { username: `nobody${n}`, password: "battery staple" }),
  ],
  ["tweets", 60, (n) => mallory.api.post("/tweet", { text: `spam ${n}` })],
  ["changes", 60, (n) => mallory.api.patch("/user", { bio: `${n}` })],
  [
    "guesses of one's own password",
    2,
    (n) => mallory.api.post("/user/password", { current: `wrong ${n}`, password: "battery staple horse" }),
  ],
  ["pages of the site", 600, (n) => anonymous("198.51.100.5", "GET", ["/", "/docs"][n % 2]!)],
  ["downloads", 1200, () => anonymous("198.51.100.6", "GET", "/media/1")],
  ["uploads", 24, async () => tryUpload(mallory, await gradient(8, 8).png().toBuffer())],
];

test.each(FLOODS)("%s beyond the limit are refused, with the time to wait", async (what, limit, send) => {
  const statuses = await target.underAttack(() => flood(send, limit));
  expect(statuses.length).toBeLessThanOrEqual(limit);
  expect(statuses.length).toBeGreaterThan(limit / 2);
  expect([what, statuses.filter((status) => status >= 500)]).toEqual([what, []]);
});

test("messages over sockets count together with requests", async () => {
  const { eve } = await target.cast("eve");
  const lives = await Promise.all([1, 2, 3].map(() => connectLive(target.url, eve.token)));
  const codes = await target.underAttack(async () => {
    const asked = lives.flatMap((live) => Array.from({ length: 100 }, () => live.ask("sync", { after: "0" })));
    return (await Promise.all(asked)).map(({ error }) => error?.code);
  });
  expect(codes).toContain("RATE_LIMITED");
  expectProblem(await eve.api.get("/feed"), 429);
});

test("files and the description count together with pages, and reads of the API don't", async () => {
  const refused = await Promise.all(
    ["/openapi.json", "/docs/assets/docs.css"].map((path) => anonymous("198.51.100.5", "GET", path)),
  );
  for (const reply of refused) expectProblem(reply, 429, "RATE_LIMITED");
  expect((await anonymous("198.51.100.7", "GET", "/openapi.json")).status).toBe(200);
  expectProblem(await anonymous("198.51.100.5", "GET", "/tweet/1"), 404);
});

test("another user at a refused address is served", async () => {
  const { carol } = await target.cast("carol");
  const reply = await createApi(target.url, carol.token).get("/feed", from("198.51.100.1"));
  expect(reply.status).toBe(200);
  expectProblem(await anonymous("198.51.100.1", "GET", "/tweet/1"), 429);
  // Load balancers ask for the health, so it has no limit.
  expect((await anonymous("198.51.100.1", "GET", "/health/ready")).status).toBe(200);
});
