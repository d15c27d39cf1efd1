import { followRequest } from "../dev/replay/follows.ts";
import { createClient } from "../dev/replay/http.ts";
import { type Person, signUp } from "../dev/replay/people.ts";

const PEOPLE = 40;
const FOLLOWS_EACH = 10;
const TWEETS_EACH = 5;

/** People who follow each other and have tweeted. */
export interface Town {
  readonly tokens: readonly string[];
  readonly tweetIds: readonly string[];
}

/** Fills an empty server: 40 people, each of whom follows ten others and has five tweets. */
export async function foundTown(url: string): Promise<Town> {
  const client = createClient(url, () => undefined);
  const people: Person[] = [];
  const tweetIds: string[] = [];
  for (let n = 0; n < PEOPLE; n++) people.push(await signUp(client, `person${n}`));
  for (const [n, person] of people.entries()) {
    for (let step = 1; step <= FOLLOWS_EACH; step++) {
      await client.ask(followRequest("PUT", person, people[(n + step * 3) % PEOPLE]!));
    }
    for (let tweet = 0; tweet < TWEETS_EACH; tweet++) {
      const body = { text: `Tweet ${tweet} of person ${n}, with the usual number of words in it.` };
      const post = { method: "POST", path: "/tweet", token: person.token, body, wanted: [201] } as const;
      tweetIds.push((await client.ask<{ id: string }>(post)).body.id);
    }
  }
  client.close();
  return { tokens: people.map(({ token }) => token), tweetIds };
}

/** What visitors do, as whole requests: of twenty, twelve read their feed, six read a tweet, two post one. */
export function mixOf({ tokens, tweetIds }: Town): string[] {
  const head = (line: string, token: string) =>
    `${line} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  const body = JSON.stringify({ text: "A tweet that is posted while many others come at the same time." });
  const requests: string[] = [];
  for (const [n, token] of tokens.entries()) {
    const feed = `${head("GET /feed", token)}\r\n`;
    const post = `${head("POST /tweet", token)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const read = (of: number) => `${head(`GET /tweet/${tweetIds[(n * 7 + of) % tweetIds.length]}`, token)}\r\n`;
    for (let round = 0; round < 2; round++) {
      requests.push(...Array<string>(6).fill(feed), read(round), read(round + 2), read(round + 4), post);
    }
  }
  // Spread each person's requests, so that all people act at all times.
  return requests.map((_, at) => requests[(at * 37) % requests.length]!);
}
