// Guessing passwords: it is slowed down for whoever guesses, and locks nobody else out.
import { beforeAll, describe, expect, it } from "@jest/globals";
import {
  createApi,
  eventually,
  expectProblem,
  PASSWORD,
  type Person,
  type Reply,
  type Session,
  uniqueName,
} from "../helper.ts";
import { tryAgainIn } from "../../lib/try-again.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget({ TRUST_PROXY: "1" });

const OWNER_ADDRESS = "203.0.113.1";
let addresses = 0;
/** @returns an IPv4 address that no other request has used */
const newAddress = () => `198.51.${Math.floor((addresses += 1) / 250)}.${addresses % 250}`;

interface From {
  address?: string;
  cookie?: string | undefined;
}

const logIn = (username: string, password: string, { address = newAddress(), cookie }: From = {}) =>
  createApi(target.url).send<Session>("POST", "/auth/login", {
    json: { username, password },
    headers: { "x-forwarded-for": address, ...(cookie !== undefined && { cookie }) },
  });

/** The `device` cookie that a reply sets, as a browser sends it. */
const deviceOf = (reply: Reply) =>
  reply.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("device="))
    ?.split(";")[0];

/** Repeats wrong logins. @returns their statuses */
async function guess(username: string, times: number, from: () => From): Promise<number[]> {
  const statuses = [];
  for (let n = 0; n < times; n++) {
    const reply = await logIn(username, `wrong password ${n}`, from());
    expectProblem(reply, [401, 429]);
    if (reply.status === 429) {
      const wait = tryAgainIn(Number(reply.headers.get("retry-after")));
      expect(reply.body).toMatchObject({ detail: `Too many attempts. ${wait}` });
    }
    statuses.push(reply.status);
  }
  return statuses;
}

/** Someone who has logged in once, with a browser at home. */
async function signUpAtHome(): Promise<{ username: string; device: string | undefined }> {
  const username = uniqueName("owner");
  const json = { username, password: PASSWORD };
  const headers = { "x-forwarded-for": OWNER_ADDRESS };
  const reply = await createApi(target.url).send<Session>("POST", "/auth/signup", { json, headers });
  expect(reply.status).toBe(201);
  return { username, device: deviceOf(reply) };
}

describe("a guesser", () => {
  let owner: Awaited<ReturnType<typeof signUpAtHome>>;
  beforeAll(async () => {
    owner = await signUpAtHome();
  });

  it("is stopped at one address, and locks the owner out of nothing", async () => {
    const address = newAddress();
    const statuses = await target.underAttack(() => guess(owner.username, 12, () => ({ address })));
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    // The right password must not be found out by more guesses either.
    expectProblem(await logIn(owner.username, PASSWORD, { address }), 429);
    expect((await logIn(owner.username, PASSWORD, { address: OWNER_ADDRESS })).status).toBe(200);
    expect((await logIn(owner.username, PASSWORD, { cookie: owner.device })).status).toBe(200);
    expect((await logIn(owner.username, PASSWORD)).status).toBe(200);
  });

  it("counts as one in a whole network of IPv6", async () => {
    let host = 0;
    const statuses = await guess(owner.username, 11, () => ({ address: `2001:db8:0:9:${(host += 1)}::1` }));
    expect(statuses.at(-1)).toBe(429);
  });

  it("gains nothing from a stolen device cookie but ten tries", async () => {
    const { username, device } = await signUpAtHome();
    const statuses = await guess(username, 12, () => ({ cookie: device }));
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect((await logIn(username, PASSWORD, { address: OWNER_ADDRESS })).status).toBe(200);
  });

  it("gains nothing from another account's cookie, or from one that is made up", async () => {
    const address = newAddress();
    const others = await signUpAtHome();
    let made = 0;
    const cookies = () => (made++ % 2 ? others.device : `device=${String(made).padStart(43, "x")}`);
    expect((await guess(owner.username, 11, () => ({ address, cookie: cookies() }))).at(-1)).toBe(429);
  });

  it("at many addresses is delayed more and more, and the owner is not", async () => {
    const { username, device } = await signUpAtHome();
    const [first, later] = await target.underAttack(async () => [
      await guess(username, 100, () => ({})),
      // Many at once, so that some come within the same delay even on a slow machine.
      (await Promise.all(Array.from({ length: 6 }, () => guess(username, 1, () => ({}))))).flat(),
    ]);
    expect(first).toEqual(Array(100).fill(401));
    expect(later).toContain(401);
    expect(later).toContain(429);
    expect((await logIn(username, PASSWORD, { address: OWNER_ADDRESS })).status).toBe(200);
    expect((await logIn(username, PASSWORD, { cookie: device })).status).toBe(200);
    // At a new place, the owner gets in after a delay: it is no lock.
    const address = newAddress();
    await eventually(async () => expect((await logIn(username, PASSWORD, { address })).status).toBe(200));
  });
});

describe("a name", () => {
  it("that is someone's id changes nothing for that someone", async () => {
    const { alice } = await target.cast("alice");
    const statuses = await guess(alice.id, 12, () => ({ address: OWNER_ADDRESS }));
    expect(statuses).not.toContain(200);
    const reply = await alice.api.post("/user/password", { current: PASSWORD, password: "another horse battery" });
    expect([reply.status, reply.text]).toEqual([204, ""]);
  });

  it.each(["", " ", "a b", "alice\u0000", "x".repeat(40), "\ud800", "$ne", "a@b.example"])(
    "that nobody can have is answered as an unknown one: %j",
    async (username) => {
      const unknown = expectProblem(await logIn("nobody_at_all", PASSWORD), 401, "WRONG_CREDENTIALS");
      expect(expectProblem(await logIn(username, PASSWORD), 401, "WRONG_CREDENTIALS")).toEqual(unknown);
    },
  );
});

describe("a device cookie", () => {
  it("is set by each login, tells nothing, and is hidden from pages", async () => {
    const { username, device } = await signUpAtHome();
    const reply = await logIn(username, PASSWORD, { cookie: device });
    const [cookie] = reply.headers.getSetCookie().filter((text) => text.startsWith("device="));
    expect(cookie).toMatch(/^device=[\w-]{43};.*; HttpOnly; SameSite=Lax/);
    expect(deviceOf(reply)).toBe(device);
  });

  it("can't be planted: another account's browser gets a new one", async () => {
    const [one, other] = [await signUpAtHome(), await signUpAtHome()];
    const reply = await logIn(one.username, PASSWORD, { cookie: other.device });
    expect(deviceOf(reply)).toMatch(/^device=/);
    expect(deviceOf(reply)).not.toBe(other.device);
  });
});

describe("a password", () => {
  let alice: Person;
  beforeAll(async () => {
    ({ alice } = await target.cast("alice"));
  });

  const signUp = (password: string, username = uniqueName()) =>
    createApi(target.url).send<Session>("POST", "/auth/signup", {
      json: { username, password },
      headers: { "x-forwarded-for": newAddress() },
    });

  it.each(["\ud800\ud801\ud802\ud803\ud804\ud805\ud806\ud807", "good password \udc00"])(
    "with half of a surrogate pair is refused: %j",
    async (password) => {
      const problem = expectProblem(await signUp(password), 422);
      expect(problem.errors?.[0]?.field).toBe("password");
      expectProblem(await alice.api.post("/user/password", { current: password, password: "a good new one" }), 403);
    },
  );

  it("made of replacement characters is not matched by halves of surrogate pairs", async () => {
    const username = uniqueName();
    const password = "\ufffd\ufffd\ufffd and more";
    expect((await signUp(password, username)).status).toBe(201);
    expectProblem(await logIn(username, "\ud800\udbff\ud801 and more"), 401, "WRONG_CREDENTIALS");
    expect((await logIn(username, password)).status).toBe(200);
  });

  it.each(["NFC", "NFD"] as const)("is the same in both forms of Unicode when set in %s", async (form) => {
    const username = uniqueName();
    const password = "cafécafé Ång";
    const { body } = await signUp(password.normalize(form), username);
    for (const typed of ["NFC", "NFD"]) {
      expect((await logIn(username, password.normalize(typed))).status).toBe(200);
    }
    const api = createApi(target.url, body.token);
    const current = password.normalize(form === "NFC" ? "NFD" : "NFC");
    expect((await api.post("/user/password", { current, password: "Ödipus Ödipus".normalize(form) })).status).toBe(204);
    expect((await logIn(username, "Ödipus Ödipus".normalize("NFC"))).status).toBe(200);
  });

  it("is counted in characters of the form NFC", async () => {
    expect((await signUp("é".repeat(128).normalize("NFD"))).status).toBe(201);
    expectProblem(await signUp("é".repeat(129).normalize("NFD")), 422);
    expectProblem(await signUp("éàü".normalize("NFD") + "xy"), 422);
  });

  it("of many combining marks costs little", async () => {
    const before = await target.cpuMs();
    for (let n = 0; n < 5; n++) expectProblem(await signUp("a" + "\u0315\u0300".repeat(10_000)), 422);
    expect((await target.cpuMs()) - before).toBeLessThan(1000);
  });

  it.each(["password", "12345678", "        ", "Password1", "aaaaaaaa", "starling"])(
    "that everybody tries first is refused: %j",
    async (password) => {
      expect(expectProblem(await signUp(password), 422).errors?.[0]?.field).toBe("password");
      const change = await alice.api.post("/user/password", { current: PASSWORD, password });
      expect(expectProblem(change, 422).errors?.[0]?.field).toBe("password");
    },
  );

  it("that is one's own name is refused", async () => {
    const username = uniqueName("longer");
    for (const password of [username, username.toUpperCase(), `${username}123`, [...username].reverse().join("")]) {
      expect(expectProblem(await signUp(password, username), 422).errors?.[0]?.field).toBe("password");
    }
    const { body } = await signUp(PASSWORD, username);
    const api = createApi(target.url, body.token);
    expectProblem(await api.post("/user/password", { current: PASSWORD, password: `${username}1` }), 422);
  });
});
