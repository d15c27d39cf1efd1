import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { hash } from "@node-rs/argon2";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { type UserDoc, USERS } from "../../services/users/user-doc.ts";
import { createApi, expectProblem, temporaryFolder } from "../helper.ts";
import { withStore } from "../support/store.ts";

/** Typed on a keyboard that writes accents as characters of their own. */
const RAW = "cafécafé".normalize("NFD");
const NORMAL = RAW.normalize("NFC");

let folder: string;
let server: StartedServer;

/** Accounts of an earlier version, whose passwords were hashed as they were typed, whatever they were. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const account = async (_id: string, username: string, password: string) => {
    const passwordHash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    return { _id, username, usernameKey: username, displayName: username, bio: "", passwordHash } as UserDoc;
  };
  const accounts = [
    await account("1000000000000000001", "rene", RAW),
    await account("1000000000000000002", "joe", "password"),
  ];
  await withStore(join(folder, "data"), async (store) => {
    const users = store.collection<UserDoc>(USERS);
    await users.connect();
    await users.insertMany(accounts);
  });
  server = await startServer({ DATA_DIR: join(folder, "data"), RATE_LIMIT_SCALE: "1000000" });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const logIn = (username: string, password: string) => createApi(server.url).post("/auth/login", { username, password });

it("an old password is accepted as it was typed, and from then on in any form", async () => {
  expectProblem(await logIn("rene", NORMAL), 401);
  const replies = await Promise.all([logIn("rene", RAW), logIn("rene", RAW)]);
  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  expect((await logIn("rene", NORMAL)).status).toBe(200);
  expect((await logIn("rene", RAW)).status).toBe(200);
  for (const name of ["starling.sqlite", "starling.sqlite-wal"]) {
    expect(await readFile(join(folder, "data", name), "utf8")).not.toMatch(/caf(?:\u00e9|e\u0301)/u);
  }
});

it("an old password that would be refused today still works, and can be changed", async () => {
  const reply = await logIn("joe", "password");
  expect(reply.status).toBe(200);
  const api = createApi(server.url, (reply.body as { token: string }).token);
  expectProblem(await api.post("/user/password", { current: "password", password: "password1" }), 422);
  expect((await api.post("/user/password", { current: "password", password: "a better password" })).status).toBe(204);
});
