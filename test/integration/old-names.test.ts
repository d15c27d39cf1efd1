import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { startServer } from "../../dev/start.ts";
import { type UserDoc, USERS } from "../../services/users/user-doc.ts";
import { createApi, eventually, temporaryFolder, type UsersPage } from "../helper.ts";
import { withStore } from "../support/store.ts";

/** More than one batch of the work that makes search keys. */
const PEOPLE = 450;

it("people of an earlier version are found by their names soon after the start, and after the next", async () => {
  const folder = await temporaryFolder();
  const settings = { DATA_DIR: join(folder, "data"), RATE_LIMIT_SCALE: "1000000" };
  await withStore(settings.DATA_DIR, async (store) => {
    const users = store.collection<UserDoc>(USERS);
    await users.connect();
    await users.insertMany(
      Array.from({ length: PEOPLE }, (_, n) => {
        const username = `person${n}`;
        return {
          _id: String(1_000_000_000_000_000_000n + BigInt(n)),
          username,
          usernameKey: username,
          displayName: `Number${n} Lindqvist`,
          bio: "",
          passwordHash: "",
        };
      }),
    );
  });
  for (let start = 0; start < 2; start += 1) {
    const server = await startServer(settings);
    const api = createApi(server.url);
    const find = async (q: string) => (await api.get<UsersPage>(`/users?q=${encodeURIComponent(q)}`)).body.users;
    await eventually(async () => {
      for (const n of [0, 200, PEOPLE - 1]) {
        expect((await find(`lindqvist number${n}`)).map(({ username }) => username)).toEqual([`person${n}`]);
      }
    }, 30_000);
    expect(await find("lindqvist")).toHaveLength(20);
    await server.stop();
  }
  await withStore(settings.DATA_DIR, async (store) => {
    const users = store.collection<UserDoc>(USERS);
    await users.connect();
    expect(await users.count({ query: { searchable: true } })).toBe(PEOPLE);
  });
  await rm(folder, { recursive: true, force: true });
}, 60_000);
