import { randomBytes } from "node:crypto";
import { expect } from "@jest/globals";
import { createApi, type Api } from "./client.ts";
import type { Session, Tweet, User } from "./shapes.ts";

export const PASSWORD = "correct horse battery";

/** A user with an account. Every method checks that its request succeeds. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly token: string;
  readonly api: Api;
  /** Tweets without a key, so that the server picks one. */
  tweet(text: string, more?: Record<string, unknown>): Promise<Tweet>;
  untweet(id: string): Promise<void>;
  follow(whom: Person, body?: { notify: boolean }): Promise<User>;
  unfollow(whom: Person): Promise<User>;
}

/** @returns a new username, because suites share one running system; with letters of both cases */
export function uniqueName(name = "user"): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1, 6)}_${randomBytes(4).toString("hex")}`;
}

/** @returns a new tweet key */
export function uniqueKey(): string {
  return `key-${randomBytes(12).toString("hex")}`;
}

function person(url: string, { token, user }: Session): Person {
  const api = createApi(url, token);
  const follows = (whom: Person) => `/user/${whom.username}/follow`;
  return {
    id: user.id,
    username: user.username,
    token,
    api,
    async tweet(text, more = {}) {
      const reply = await api.post<Tweet>("/tweet", { text, ...more });
      expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
      return reply.body;
    },
    async untweet(id) {
      expect((await api.delete(`/tweet/${id}`)).status).toBe(204);
    },
    async follow(whom, body) {
      const reply = await api.put<User>(follows(whom), body);
      expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
      return reply.body;
    },
    async unfollow(whom) {
      const reply = await api.delete<User>(follows(whom));
      expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
      return reply.body;
    },
  };
}

/** Signs up one person, with a unique username that begins with `name`. */
export async function signUp(url: string, name: string): Promise<Person> {
  const reply = await createApi(url).post<Session>("/auth/signup", {
    username: uniqueName(name),
    password: PASSWORD,
    displayName: name,
  });
  expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
  return person(url, reply.body);
}

/** Signs up several people. @returns them by the given names */
export async function createCast<const N extends string>(url: string, ...names: N[]): Promise<Record<N, Person>> {
  const people = await Promise.all(names.map(async (name) => [name, await signUp(url, name)] as const));
  return Object.fromEntries(people) as Record<N, Person>;
}

/** @returns the same person on another device: a second session */
export async function logInAgain(who: Person): Promise<Person> {
  const reply = await createApi(who.api.url).post<Session>("/auth/login", {
    username: who.username,
    password: PASSWORD,
  });
  expect(reply.status).toBe(200);
  return person(who.api.url, reply.body);
}
