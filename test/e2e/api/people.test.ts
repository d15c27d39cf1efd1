import { describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectUserRef,
  type Api,
  type Person,
  type UsersPage,
  uniqueName,
  useStarling,
} from "../../helper.ts";

const starling = useStarling();

async function find(q: string, api: Api = starling.api, limit = 100): Promise<UsersPage["users"]> {
  const { status, body } = await api.get<UsersPage>(`/users?q=${encodeURIComponent(q)}&limit=${limit}`);
  expect([status, body]).toEqual([200, { users: expect.any(Array) }]);
  return body.users;
}

const namesOf = (users: readonly { username: string }[]) => users.map(({ username }) => username);

/** Gives somebody a display name that nobody else has: two words, each with the same unusual end. */
async function named(person: Person, first: string, last: string): Promise<string> {
  const tail = uniqueName().slice(-8);
  const displayName = `${first}${tail} ${last}${tail}`;
  expect((await person.api.patch("/user", { displayName })).status).toBe(200);
  return tail;
}

describe("people are found", () => {
  it("by the beginning of their usernames, whatever the case", async () => {
    const { carol } = await starling.cast("carol");
    const beginning = carol.username.slice(0, -1);
    for (const q of [beginning, beginning.toLowerCase(), `@${beginning.toUpperCase()}`, ` ＠${beginning} `]) {
      expect(namesOf(await find(q))).toEqual([carol.username]);
    }
    expect(await find("zzzzzzzzzzzzzzz")).toEqual([]);
  });

  it("by the beginning of any word of their names, in any order, without accents", async () => {
    const { maria } = await starling.cast("maria");
    const tail = await named(maria, "Márïa", "Lindqvist");
    for (const q of [`Lindqvist${tail}`, `LINDQVIST${tail.slice(0, -1)}`, `maria${tail} li`, `lind maria${tail}`]) {
      expect(namesOf(await find(q))).toEqual([maria.username]);
    }
    expect(await find(`@lindqvist${tail}`)).toEqual([]);
    expect(await find(`qvist${tail}`)).toEqual([]);
  });

  it("by any part of a name that is written without spaces", async () => {
    const { kenji } = await starling.cast("kenji");
    await kenji.api.patch("/user", { displayName: "山田中村太郎" });
    for (const q of ["田中", "中村太", "太郎"]) expect(namesOf(await find(q))).toContain(kenji.username);
    expect(namesOf(await find("田村"))).not.toContain(kenji.username);
  });

  it("by their new name at once, and not by the old one any more", async () => {
    const { erin } = await starling.cast("erin");
    const old = await named(erin, "Erin", "Old");
    const now = await named(erin, "Erin", "New");
    expect([namesOf(await find(`old${old}`)), namesOf(await find(`new${now}`))]).toEqual([[], [erin.username]]);
    await erin.api.patch("/user", { bio: "Only the bio" });
    expect(namesOf(await find(`new${now}`))).toEqual([erin.username]);
  });

  it("best first: the very username, those one follows, then the closest names", async () => {
    const { alice, bob, carol, dave, erin } = await starling.cast("alice", "bob", "carol", "dave", "erin");
    const word = bob.username.replace("_", "x");
    for (const [person, name] of [
      [alice, `Zoe ${word}`],
      [carol, `${word}son`],
      [dave, `Yan ${word}`],
    ] as const) {
      await person.api.patch("/user", { displayName: name });
    }
    await bob.api.patch("/user", { displayName: word });
    await erin.follow(dave);
    expect(namesOf(await find(word, erin.api))).toEqual([bob.username, dave.username, carol.username, alice.username]);
    expect(namesOf(await find(word, erin.api, 2))).toEqual([bob.username, dave.username]);
    expect(namesOf(await find(alice.username, erin.api))[0]).toBe(alice.username);
  });

  it.each(["a b", ".*", "\\", "$gt", "%", "🦜"])("with %j, which only is a text", async (q) => {
    for (const user of await find(q)) expectUserRef(user);
  });

  it.each(["", " ", "\u200b", "a".repeat(101), "a\u0000"])("not by %j, which is no name", async (q) => {
    const { status, body } = await starling.api.get<{ errors: { field: string }[] }>(
      `/users?q=${encodeURIComponent(q)}`,
    );
    expect([status, body.errors.map(({ field }) => field)]).toEqual([422, ["q"]]);
  });

  it("among recent authors, without the caller and the users that the caller follows", async () => {
    const { dave, erin, frank } = await starling.cast("dave", "erin", "frank");
    for (const person of [dave, erin, frank]) await person.tweet("Hello");
    await dave.follow(erin);
    await eventually(async () => {
      const { body } = await dave.api.get<UsersPage>("/users?limit=100");
      expect(namesOf(body.users)).toContain(frank.username);
      expect(namesOf(body.users)).not.toContain(dave.username);
      expect(namesOf(body.users)).not.toContain(erin.username);
    });
    const everyone = namesOf((await starling.api.get<UsersPage>("/users?limit=100")).body.users);
    expect(everyone).toEqual(expect.arrayContaining([dave.username, erin.username, frank.username]));
  });
});

describe("every list of people", () => {
  it("has the bios, and the caller's relation to each, but for the caller", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await alice.api.patch("/user", { bio: "Birds" });
    await alice.tweet("Here");
    await bob.follow(alice, { notify: false });
    await carol.follow(alice);
    await carol.follow(bob);
    await alice.follow(bob);
    const lists = {
      followers: `/user/${alice.username}/followers`,
      following: `/user/${carol.username}/following`,
      search: `/users?q=${alice.username}`,
      suggestions: "/users?limit=100",
    };
    const read = async (path: string, api: Api) => (await api.get<UsersPage>(path)).body.users;
    const of = async (path: string, api: Api, person: Person) =>
      (await read(path, api)).find(({ id }) => id === person.id);

    expect(await of(lists.followers, bob.api, carol)).toMatchObject({
      bio: "",
      viewer: { following: false, followedBy: true, notify: false },
    });
    expect(await of(lists.followers, bob.api, bob)).not.toHaveProperty("viewer");
    expect(await of(lists.following, bob.api, alice)).toMatchObject({
      bio: "Birds",
      viewer: { following: true, followedBy: true, notify: false },
    });
    expect(await of(lists.search, carol.api, alice)).toMatchObject({
      bio: "Birds",
      viewer: { following: true, followedBy: false, notify: true },
    });
    await bob.unfollow(alice);
    await eventually(async () => {
      expect(await of(lists.suggestions, bob.api, alice)).toMatchObject({
        viewer: { following: false, followedBy: true, notify: false },
      });
    });
    for (const path of Object.values(lists)) {
      for (const user of await read(path, starling.api)) {
        expectUserRef(user);
        expect(Object.keys(user).sort()).toEqual(["avatarUrl", "bio", "displayName", "id", "username"]);
      }
    }
  });
});
