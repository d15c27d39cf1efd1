import type { Client } from "./http.ts";
import { forEachAtOnce } from "./for-each-at-once.ts";
import { showProgress } from "./progress.ts";

/** An account of a run. */
export interface Person {
  readonly username: string;
  readonly token: string;
}

const PASSWORD = "correct horse battery";
/** Each sign-up takes about 20 ms of a server's core for argon2, so more at once would only queue. */
const SIGNUPS_AT_ONCE = 16;

/** Signs up `count` people, as TAGp0, TAGp1, … @returns them by their number */
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

/** Signs somebody up. If the name is taken, logs them in with the password of all such people. */
export async function signUp(client: Client, username: string): Promise<Person> {
  const credentials = { username, password: PASSWORD };
  const signup = await client.ask<{ token: string }>({
    method: "POST",
    path: "/auth/signup",
    body: credentials,
    // Only this run uses its tag, so a taken name means that an earlier try succeeded and its answer was lost.
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
