import { setTimeout as pause } from "node:timers/promises";
import { followRequest } from "../../dev/replay/follows.ts";
import { forEachAtOnce } from "../../dev/replay/for-each-at-once.ts";
import type { Client } from "../../dev/replay/http.ts";
import { type Person, signUp } from "../../dev/replay/people.ts";

const SIGN_UPS_AT_ONCE = 4;
const WAIT_LIMIT_MS = 30_000;
const WAIT_INTERVAL_MS = 100;
/** About as long as people write: with it, a page of 20 tweets is some 8 KB. */
export const TEXT = "A tweet that is posted while many others come at the same time.";

/** Authors, and readers of whom each follows all authors. */
export interface Town {
  readonly authors: readonly Person[];
  readonly readers: readonly Person[];
}

export interface TownSize {
  readonly authors: number;
  readonly readers: number;
  readonly tweetsEach: number;
}

/** Signs people up, makes the readers follow the authors, and waits until their feeds have all tweets. */
export async function foundTown(client: Client, size: TownSize): Promise<Town> {
  const authors = await signUpAll(client, "author", size.authors);
  const readers = await signUpAll(client, "reader", size.readers);
  for (const author of authors) await followAll(client, readers, author);
  for (let n = 0; n < size.tweetsEach; n++) {
    for (const author of authors) await post(client, author, `${TEXT} This is number ${n} by ${author.username}.`);
  }
  const wanted = Math.min(100, size.authors * size.tweetsEach);
  for (const { token } of readers) {
    await until(
      async () => (await feedOf(client, token, 100)).tweets.length === wanted,
      "A feed never got its tweets.",
    );
  }
  return { authors, readers };
}

export async function signUpAll(client: Client, name: string, count: number): Promise<Person[]> {
  const people: Person[] = [];
  await forEachAtOnce(Array(count).keys(), SIGN_UPS_AT_ONCE, async (n) => {
    people[n] = await signUp(client, `${name}${n}`);
  });
  return people;
}

async function followAll(client: Client, followers: readonly Person[], author: Person): Promise<void> {
  await forEachAtOnce(followers, SIGN_UPS_AT_ONCE, async (follower) => {
    await client.ask(followRequest("PUT", follower, author));
  });
}

/** @returns the id of an account */
export async function idOf(client: Client, { token }: Pick<Person, "token">): Promise<string> {
  const request = { method: "GET", path: "/user", token, wanted: [200] } as const;
  return (await client.ask<{ user: { id: string } }>(request)).body.user.id;
}

/** @returns the id of the tweet */
export async function post(client: Client, { token }: Person, text: string): Promise<string> {
  const request = { method: "POST", path: "/tweet", token, body: { text }, wanted: [201] } as const;
  return (await client.ask<{ id: string }>(request)).body.id;
}

export interface Page {
  readonly tweets: readonly { readonly id: string }[];
  readonly next: string | null;
}

export async function feedOf(client: Client, token: string, limit: number): Promise<Page> {
  return (await client.ask<Page>({ method: "GET", path: `/feed?limit=${limit}`, token, wanted: [200] })).body;
}

/** Repeats a check until it holds. @throws Error with the message when it has not held within the limit */
export async function until(
  check: () => Promise<boolean>,
  message: string,
  { everyMs = WAIT_INTERVAL_MS, limitMs = WAIT_LIMIT_MS } = {},
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(message);
    await pause(everyMs);
  }
}

/** A whole request, as text. */
export function requestOf(line: string, token: string, body?: string): string {
  const head = `${line} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A request that posts a tweet. */
export function postRequestOf({ token }: Pick<Person, "token">): string {
  return requestOf("POST /tweet", token, JSON.stringify({ text: TEXT }));
}
