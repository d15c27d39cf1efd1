import { randomBytes } from "node:crypto";
import type { Graph } from "./graph.ts";
import type { Client } from "./http.ts";
import type { Run } from "./run.ts";
import { forEachAtOnce } from "./pool.ts";
import { showProgress } from "./progress.ts";

export interface Person {
  readonly username: string;
  readonly token: string;
}

const PASSWORD = "correct horse battery";
/** Each sign-up keeps a core of the server busy for some 20 ms with argon2: more at once only wait for each other. */
const SIGNUPS_AT_ONCE = 16;

/** @returns a tag that makes names and keys of one run differ from those of every other run on the same system */
export function newTag(): string {
  return randomBytes(4).toString("hex");
}

/** Signs so many people up, as TAGp0, TAGp1, … @returns them by their number */
export async function signUpPeople(client: Client, count: number, tag: string): Promise<Person[]> {
  const people: Person[] = [];
  const progress = showProgress("Signing people up", count);
  await forEachAtOnce(Array.from({ length: count }).keys(), SIGNUPS_AT_ONCE, async (number) => {
    people[number] = await signUp(client, `${tag}p${number}`);
    progress.done();
  });
  progress.end();
  return people;
}

async function signUp(client: Client, username: string): Promise<Person> {
  const credentials = { username, password: PASSWORD };
  const signup = await client.ask<{ token: string }>({
    method: "POST",
    path: "/auth/signup",
    body: credentials,
    // The name may be taken by an earlier try whose answer was lost: nobody else has this tag.
    wanted: [201, 409],
  });
  if (signup.status === 201) return { username, token: signup.body.token };
  const login = await client.ask<{ token: string }>({
    method: "POST",
    path: "/auth/login",
    body: credentials,
    wanted: [200],
  });
  return { username, token: login.body.token };
}

/** Makes all follows of the graph, and tells the oracle. */
export async function makeFollows(
  { client, people, oracle, uncertain }: Run,
  graph: Graph,
  concurrency: number,
): Promise<void> {
  const progress = showProgress("Making follows", graph.follows.length);
  await forEachAtOnce(graph.follows, concurrency, async ([follower, followee]) => {
    const sentAt = performance.now();
    const { failedTries } = await client.ask(followRequest("PUT", people[follower]!, people[followee]!));
    if (failedTries > 0) uncertain.add(`${follower},${followee}`);
    oracle.followed(follower, followee, { sentAt, acknowledgedAt: performance.now() });
    progress.done();
  });
  progress.end();
}

/** The request with which somebody follows (PUT) or unfollows (DELETE). Safe to repeat. */
export function followRequest(method: "PUT" | "DELETE", follower: Person, followee: Person) {
  return { method, path: `/user/${followee.username}/follow`, token: follower.token, wanted: [200] };
}
