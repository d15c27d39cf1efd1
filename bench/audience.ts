import { setTimeout as pause } from "node:timers/promises";
import { forEachAtOnce } from "../dev/replay/for-each-at-once.ts";
import { followRequest } from "../dev/replay/follows.ts";
import { createClient } from "../dev/replay/http.ts";
import { signUp } from "../dev/replay/people.ts";

const SIGN_UPS_AT_ONCE = 4;
/** The author goes on tweeting during the restart, so that there is something to miss. */
const TWEET_EVERY_MS = 1000;

/** An author, and those who follow them. @returns their tokens */
export async function foundAudience(url: string, size: number): Promise<{ author: string; followers: string[] }> {
  const client = createClient(url, () => undefined);
  const followers: string[] = [];
  const author = await signUp(client, "author");
  await forEachAtOnce(Array(size).keys(), SIGN_UPS_AT_ONCE, async (n) => {
    const follower = await signUp(client, `follower${n}`);
    await client.ask(followRequest("PUT", follower, author));
    followers.push(follower.token);
  });
  client.close();
  return { author: author.token, followers };
}

/** Tries once to post a tweet. @returns its id; null if there was no usable answer */
export async function tweet(url: string, token: string, key: string): Promise<string | null> {
  const text = `This is tweet ${key}, with about as many words in it as people usually write.`;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify({ text }) };
  const reply = await fetch(`${url}/tweet/${key}`, init).catch(() => null);
  return reply?.ok ? ((await reply.json()) as { id: string }).id : null;
}

/** Tweets until it is stopped. A tweet that gets no answer is sent again under its key. */
export function keepTweeting(url: string, token: string) {
  const ids: string[] = [];
  let isOver = false;
  const tweeting = (async () => {
    while (!isOver) {
      const id = await tweet(url, token, `restart-${ids.length}`);
      if (id !== null) ids.push(id);
      await pause(TWEET_EVERY_MS);
    }
  })();
  return {
    /** @returns the ids of the tweets */
    async stop() {
      isOver = true;
      await tweeting;
      return ids;
    },
  };
}
