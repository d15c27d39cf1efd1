import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import {
  expectInvalid,
  expectProblem,
  expectUser,
  logInAgain,
  PASSWORD,
  uniqueName,
  useStarling,
  type ProfilePage,
  type Session,
} from "../../helper.ts";

const starling = useStarling();

describe("POST /auth/signup", () => {
  it("creates an account and a session", async () => {
    const username = uniqueName("alice");
    const reply = await starling.api.post<Session>("/auth/signup", { username, password: PASSWORD });
    expect(reply.status).toBe(201);
    expect(reply.body.token).toMatch(/^\S{16,}$/);
    expectUser(reply.body.user);
    expect(reply.body.user).toMatchObject({ username, bio: "", accountAge: 0, avatarUrl: null });
    expect(reply.body.user).toMatchObject({ tweetsCount: 0, followersCount: 0, followingCount: 0 });
    expect(reply.text).not.toMatch(/password|argon2/i);
    const own = await starling.api.get<ProfilePage>("/user", { authorization: `Bearer ${reply.body.token}` });
    expect(own.body.user.id).toBe(reply.body.user.id);
  });

  it("keeps the display name unchanged", async () => {
    const displayName = "Zoë 💜 O'Neill <b>";
    const reply = await starling.api.post<Session>("/auth/signup", {
      username: uniqueName(),
      password: PASSWORD,
      displayName,
    });
    expect(reply.body.user.displayName).toBe(displayName);
  });

  it("refuses a display name of two lines", async () => {
    const body = { username: uniqueName(), password: PASSWORD, displayName: "two\nlines" };
    expectInvalid(await starling.api.post("/auth/signup", body), "displayName");
  });

  it.each([
    ["a".repeat(31)],
    [""],
    ["a b"],
    ["a-b"],
    ["zoë"],
    ["a.b"],
    ["a\u0000b"],
    ["../etc"],
    [5],
    [null],
    [{}],
    [["a"]],
  ])("refuses the username %j", async (username) => {
    expectInvalid(await starling.api.post("/auth/signup", { username, password: PASSWORD }), "username");
  });

  it("accepts usernames of 1 to 30 characters", async () => {
    const longest = randomBytes(15).toString("hex");
    expect((await starling.api.post("/auth/signup", { username: longest, password: PASSWORD })).status).toBe(201);
  });

  it.each([["short"], ["1234567"], ["x".repeat(129)], [""], [12345678], [null], [["12345678"]]])(
    "refuses the password %j",
    async (password) => {
      expectInvalid(await starling.api.post("/auth/signup", { username: uniqueName(), password }), "password");
    },
  );

  it.each([["8 chars!"], ["x".repeat(128)], ["é".repeat(128)], [" \t spaces \n count "]])(
    "accepts the password %j, and checks all of it",
    async (password) => {
      const username = uniqueName();
      expect((await starling.api.post("/auth/signup", { username, password })).status).toBe(201);
      expect((await starling.api.post("/auth/login", { username, password })).status).toBe(200);
      const other = password.slice(0, -1) + "y";
      expectProblem(await starling.api.post("/auth/login", { username, password: other }), 401);
    },
  );

  it("names every missing field", async () => {
    const problem = expectProblem(await starling.api.post("/auth/signup", {}), 422, "VALIDATION_ERROR");
    expect(problem.errors?.map((error) => error.field).sort()).toEqual(["password", "username"]);
  });

  it("refuses unknown fields", async () => {
    const body = { username: uniqueName(), password: PASSWORD, admin: true };
    expectProblem(await starling.api.post("/auth/signup", body), 400);
  });

  it("refuses a taken name, regardless of case", async () => {
    const { alice } = await starling.cast("alice");
    for (const username of [alice.username, alice.username.toUpperCase()]) {
      expectProblem(await starling.api.post("/auth/signup", { username, password: PASSWORD }), 409);
    }
  });

  it.each(["user", "feed", "tweet", "admin", "Admin", "FEED"])("refuses the reserved word %s", async (username) => {
    expectProblem(await starling.api.post("/auth/signup", { username, password: PASSWORD }), [409, 422]);
  });

  it("gives a name to only one of two simultaneous signups", async () => {
    const username = uniqueName("race");
    const wants = [
      { username, password: "first password" },
      { username: username.toLowerCase(), password: "second password" },
    ];
    const replies = await Promise.all(wants.map((body) => starling.api.post("/auth/signup", body)));
    expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409]);
    expectProblem(
      replies.find((reply) => reply.status === 409)!,
      409,
    );
    const logins = await Promise.all(wants.map((body) => starling.api.post("/auth/login", body)));
    expect(logins.map((reply) => reply.status)).toEqual(replies.map((reply) => (reply.status === 201 ? 200 : 401)));
  });
});

describe("POST /auth/login", () => {
  it("starts a new session, regardless of the name's case", async () => {
    const { alice } = await starling.cast("alice");
    const username = alice.username.toUpperCase();
    const reply = await starling.api.post<Session>("/auth/login", { username, password: PASSWORD });
    expect(reply.status).toBe(200);
    expectUser(reply.body.user);
    expect(reply.body.user).toMatchObject({ id: alice.id, username: alice.username });
    expect(reply.body.token).not.toBe(alice.token);
  });

  it.each([
    ["with a space behind", (name: string) => `${name} `],
    ["with an @", (name: string) => `@${name}`],
    ["with an @ and spaces", (name: string) => `\u00a0 @${name}\n`],
    ["in wide letters", (name: string) => name.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
    ["with marks that show nothing", (name: string) => `\u200e${name}\u200b\ufeff`],
  ])("takes a name %s", async (_how, typed) => {
    const { alice } = await starling.cast("alice");
    const login = { username: typed(alice.username), password: PASSWORD };
    expect((await starling.api.post("/auth/login", login)).status).toBe(200);
  });

  it("does not reveal whether the name or the password was wrong", async () => {
    const { alice } = await starling.cast("alice");
    const wrongPassword = { username: alice.username, password: "wrong password" };
    const wrongName = { username: uniqueName("nobody"), password: PASSWORD };
    const [first, second] = [
      expectProblem(await starling.api.post("/auth/login", wrongPassword), 401),
      expectProblem(await starling.api.post("/auth/login", wrongName), 401),
    ];
    expect(first).toEqual(second);
  });

  it("refuses malformed logins", async () => {
    expectInvalid(await starling.api.post("/auth/login", { username: "alice" }), "password");
    expectInvalid(await starling.api.post("/auth/login", { username: { $ne: "" }, password: PASSWORD }), "username");
    expectInvalid(await starling.api.post("/auth/login", { username: "alice", password: { $ne: "" } }), "password");
    expectProblem(await starling.api.post("/auth/login", { username: "a", password: PASSWORD, extra: 1 }), 400);
  });
});

describe("POST /auth/logout", () => {
  it("ends the session at once, and only that one", async () => {
    const { alice } = await starling.cast("alice");
    const phone = await logInAgain(alice);
    const reply = await alice.api.post("/auth/logout");
    expect([reply.status, reply.text]).toEqual([204, ""]);
    expectProblem(await alice.api.get("/feed"), 401, "UNAUTHORIZED");
    expectProblem(await alice.api.post("/tweet", { text: "hello" }), 401, "UNAUTHORIZED");
    expect((await phone.api.get("/feed")).status).toBe(200);
  });

  it("needs a session", async () => {
    expectProblem(await starling.api.post("/auth/logout"), 401, "UNAUTHORIZED");
  });
});
