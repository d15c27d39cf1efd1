import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../../helper.ts";

const starling = useStarling();
const names = ({ users }: { users: { username: string }[] }) => users.map(({ username }) => username);

describe("people are found", () => {
  it("by the beginning of their names, regardless of case, in alphabetical order", async () => {
    const { carol } = await starling.cast("carol");
    const beginning = carol.username.slice(0, -1);
    for (const q of [beginning, beginning.toLowerCase(), `@${beginning.toUpperCase()}`]) {
      const { status, body } = await starling.api.get<{ users: { username: string }[] }>(
        `/users?q=${encodeURIComponent(q)}`,
      );
      expect([status, names(body)]).toEqual([200, [carol.username]]);
    }
    const { body } = await starling.api.get<{ users: { username: string }[] }>("/users?q=c&limit=100");
    const found = names(body).map((name) => name.toLowerCase());
    expect(found).toEqual(found.filter((name) => name.startsWith("c")).sort());
    expect((await starling.api.get("/users?q=zzzzzzzzzzzzzzz")).body).toEqual({ users: [] });
  });

  it.each(["a b", ".*", "", "a".repeat(31)])("not by %j, which no name begins with", async (q) => {
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
      const { body } = await dave.api.get<{ users: { username: string }[] }>("/users?limit=100");
      expect(names(body)).toContain(frank.username);
      expect(names(body)).not.toContain(dave.username);
      expect(names(body)).not.toContain(erin.username);
    });
    const everyone = names((await starling.api.get<{ users: { username: string }[] }>("/users?limit=100")).body);
    expect(everyone).toEqual(expect.arrayContaining([dave.username, erin.username, frank.username]));
  });
});
