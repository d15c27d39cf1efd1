import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Caller } from "../../contract/call.ts";
import { groupOf } from "../../contract/notices.ts";
import type { Range } from "../../contract/records.ts";
import { idAt } from "../../lib/snowflake.ts";
import { countUnread } from "../../services/notifier/unread.ts";

const READER = "1";
const AUTHOR = "2";
const BEGIN_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const NOTHING_READ = "0".repeat(19);

/** Minutes at which something happened. `both`: a tweet of somebody whom the reader follows mentions the reader. */
interface Life {
  tweets: number[];
  both: number[];
  mentions: number[];
  follows: number[];
}

/** The other services with such a life. Counts the reads. */
function createWorld({ tweets, both, mentions, follows }: Life) {
  const reads = { count: 0 };
  const idsOf = (minutes: number[], offset: number) =>
    [...new Set(minutes)].map((minute) => idAt(BEGIN_MS + minute * MINUTE_MS + offset));
  const ids = { tweet: idsOf(tweets, 0), both: idsOf(both, 1), mention: idsOf(mentions, 2), follow: idsOf(follows, 3) };
  const page = (all: string[], { before = "9".repeat(19), after = "", limit }: Range) =>
    all
      .filter((id) => id < before && id > after)
      .sort()
      .reverse()
      .slice(0, limit);
  const answers: Record<string, (range: Range) => unknown> = {
    "graph.following": () => [{ id: NOTHING_READ, followerId: READER, followeeId: AUTHOR, notify: true }],
    "tweets.entriesByAuthors": (range) => {
      reads.count++;
      return page([...ids.tweet, ...ids.both], range).map((id) => ({ id, authorId: AUTHOR }));
    },
    "tweets.entriesMentioning": (range) =>
      page([...ids.mention, ...ids.both], range).map((id) => ({ id, authorId: AUTHOR })),
    "graph.followersPage": (range) => page(ids.follow, range).map((id) => ({ id, followerId: AUTHOR })),
  };
  const caller = { call: (name: string, range: Range) => Promise.resolve(answers[name]!(range)) };
  const all = [
    ...ids.tweet.map((id) => ({ id, kind: "tweet" as const })),
    ...[...ids.both, ...ids.mention].map((id) => ({ id, kind: "mention" as const })),
    ...ids.follow.map((id) => ({ id, kind: "follow" as const })),
  ].sort((a, b) => (a.id < b.id ? 1 : -1));
  return { caller: caller as unknown as Caller, all, reads };
}

const minutes = (mostMinutes: number, maxLength: number) => fc.array(fc.nat(mostMinutes), { maxLength });

describe("unread notifications", () => {
  it("are counted as one would count them all, in any life", async () => {
    const life = fc.record({
      tweets: minutes(3000, 600),
      both: minutes(3000, 100),
      mentions: minutes(3000, 150),
      follows: minutes(3000, 300),
    });
    await fc.assert(
      fc.asyncProperty(life, fc.nat(3000), async (lived, readMinutes) => {
        const { caller, all } = createWorld(lived);
        const readUpTo = idAt(BEGIN_MS + readMinutes * MINUTE_MS);
        const unread = all.filter(({ id }) => id > readUpTo);
        const groups = new Set(unread.map(groupOf));
        const found = await countUnread(caller, READER, readUpTo);
        expect(found.unread).toBe(Math.min(100, unread.length));
        expect(found.unreadGroups).toHaveLength(Math.min(100, groups.size));
        expect(new Set(found.unreadGroups).isSubsetOf(groups)).toBe(true);
        expect(new Set(found.unreadGroups).size).toBe(found.unreadGroups.length);
      }),
      { numRuns: 60 },
    );
  });

  it("are counted in a few reads, whatever waits", async () => {
    const everyMinute = Array.from({ length: 60 * 24 * 7 }, (_, minute) => minute);
    const { caller, reads } = createWorld({ tweets: everyMinute, both: [], mentions: [], follows: [] });
    const { unread, unreadGroups } = await countUnread(caller, READER, NOTHING_READ);
    expect(unread).toBe(100);
    expect(unreadGroups.length).toBeGreaterThan(50);
    expect(reads.count).toBeLessThanOrEqual(21);
  });

  it("include mentions that are older than thousands of tweets", async () => {
    const everyMinute = Array.from({ length: 60 * 24 * 7 }, (_, minute) => minute);
    const { caller, all } = createWorld({ tweets: everyMinute, both: [5], mentions: [0, 7], follows: [] });
    const { unreadGroups } = await countUnread(caller, READER, NOTHING_READ);
    const mentions = all.filter(({ kind }) => kind === "mention").map(groupOf);
    expect(unreadGroups).toEqual(expect.arrayContaining(mentions));
  });
});
