import { expect } from "@jest/globals";
import type { Media } from "../../contract/shapes.ts";
import { logInAgain, type Person } from "./cast.ts";
import { gradient } from "./files.ts";
import { publicPushKeys } from "./push-crypto.ts";
import type { Notification, Tweet } from "./shapes.ts";
import type { Target } from "./target.ts";
import { upload } from "./uploads.ts";

/** A user with one of everything that belongs to somebody. */
export interface Victim {
  readonly who: Person;
  /** Whom the victim follows. */
  readonly friend: Person;
  readonly tweet: Tweet;
  /** The key under which the victim has tweeted. */
  readonly key: string;
  /** A picture that is in a tweet, and one that is not yet. */
  readonly picture: Media;
  readonly draft: Media;
  /** An unread notification. */
  readonly notification: Notification;
  /** The id of the victim's other session. */
  readonly sessionId: string;
  /** The address of the victim's push subscription. */
  readonly endpoint: string;
}

/** The description of the draft, which shows whether somebody has changed it. */
export const ALT = "As it was";

/** Signs up a user with one of everything. */
export async function createVictim(target: Target): Promise<Victim> {
  const { alice, friend } = await target.cast("alice", "friend");
  const [picture, draft] = await Promise.all([1, 2].map(async (n) => upload(alice, await pixels(n), { alt: ALT })));
  const key = `key-of-${alice.username}`;
  const posted = await alice.api.post<Tweet>(`/tweet/${key}`, { text: "Mine", media: [picture!.id] });
  expect([posted.status, posted.text]).toEqual([201, expect.any(String)]);
  await alice.follow(friend);
  await friend.follow(alice);
  await friend.tweet(`Hello @${alice.username}`);
  const endpoint = "https://push.example.com/alice";
  const subscribed = await alice.api.post("/push/subscription", { endpoint, keys: publicPushKeys() });
  expect([subscribed.status, subscribed.text]).toEqual([201, expect.any(String)]);
  await logInAgain(alice);
  const { body } = await alice.api.get<{ sessions: { id: string; current: boolean }[] }>("/sessions");
  const other = body.sessions.find(({ current }) => !current)!;
  const { notifications } = (await alice.api.get<{ notifications: Notification[] }>("/notifications")).body;
  const [notification] = notifications;
  expect(notification?.read).toBe(false);
  return {
    who: alice,
    friend,
    tweet: posted.body,
    key,
    picture: picture!,
    draft: draft!,
    notification: notification!,
    sessionId: other.id,
    endpoint,
  };
}

async function pixels(n: number): Promise<Buffer> {
  return gradient(8 * n, 8)
    .png()
    .toBuffer();
}

/** Everything that others see of the victim, and that the victim sees. Two equal results mean that nothing has changed. */
export async function stateOf({ who, draft, friend }: Victim): Promise<object> {
  const paths = [
    "/user",
    `/user/${who.username}`,
    `/user/${who.username}/followers`,
    `/user/${who.username}/following`,
    "/feed",
    "/notifications",
    "/sessions",
    `/media/${draft.id}`,
    `/user/${friend.username}`,
  ];
  const entries = await Promise.all(
    paths.map(async (path): Promise<[string, unknown]> => {
      const { status, body, text } = await who.api.get<Record<string, unknown> | undefined>(path);
      if (path !== "/sessions") return [path, [status, body ?? text.length]];
      const sessions = body?.["sessions"] as Record<string, unknown>[];
      // Every request of the victim moves the time of the last one.
      return [path, [status, sessions.map((session) => ({ ...session, lastSeenAt: "" }))]];
    }),
  );
  return Object.fromEntries(entries);
}
