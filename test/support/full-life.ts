import { expect } from "@jest/globals";
import { idAt } from "../../lib/snowflake.ts";
import { createCast, logInAgain, PASSWORD } from "./cast.ts";
import { eventually } from "./eventually.ts";
import { gradient } from "./files.ts";
import { connectLive } from "./live.ts";
import { readAll } from "./pages.ts";
import { upload } from "./uploads.ts";

/** Strangers and their tweets: enough to make a scan visible. */
const STRANGERS = 300;
const TWEETS_EACH = 20;

/** What strangers have left behind, by collection, and the strangers' names. */
export function strangers(): { names: string[]; documents: Record<string, { _id: string }[]> } {
  const start = Date.UTC(2025, 0, 1);
  const id = (index: number) => idAt(start + index * 1000);
  const people = Array.from({ length: STRANGERS }, (_, index) => id(index));
  const tweets = people.flatMap((authorId, author) =>
    Array.from({ length: TWEETS_EACH }, (_, index) => {
      const _id = id(100_000 + author * TWEETS_EACH + index);
      return { _id, key: `k${_id}`, authorId, text: "x", mentions: [people[index]!], delivered: true, notified: true };
    }),
  );
  const follows = people.flatMap((followerId, index) =>
    [1, 2, 3].map((step) => {
      const followeeId = people[(index + step) % STRANGERS]!;
      return { _id: `${followerId}:${followeeId}`, seq: id(index * 3 + step), followerId, followeeId, notify: true };
    }),
  );
  const documents: Record<string, { _id: string }[]> = {
    users: people.map((_id) => ({ _id, username: `u${_id}`, usernameKey: `u${_id}`, displayName: "u", bio: "" })),
    sessions: people.map((userId) => ({ _id: `s${userId}`, userId, createdAt: 0, lastSeenAt: 0, userAgent: null })),
    media: people.map((ownerId, index) => ({ _id: id(index), ownerId, state: "ready", used: true, bytes: 1 })),
    media_uses: people.map((_, index) => ({ _id: `${id(index)}:${id(index)}`, mediaId: id(index), by: id(index) })),
    tweets,
    follows,
  };
  return { names: people.map((id) => `u${id}`), documents };
}

/** Does everything that users can do, so that every kind of query is made. @param names the strangers' */
export async function liveFully(url: string, names: string[]): Promise<void> {
  const { alice, bob, carol, dave } = await createCast(url, "alice", "bob", "carol", "dave");
  for (const name of names) await dave.api.put(`/user/${name}/follow`);
  const page = (await dave.api.get<{ next: string }>("/feed?limit=50")).body;
  await dave.api.get(page.next);
  await dave.api.get(`/feed?before=${idAt(Date.UTC(2025, 0, 3))}`);
  await dave.api.get("/notifications");
  await bob.follow(alice);
  await carol.follow(alice, { notify: false });
  await alice.follow(bob);
  const socket = await connectLive(url, bob.token);
  const picture = await upload(alice, await gradient(20, 20).png().toBuffer());
  await upload(alice, await gradient(10, 10).png().toBuffer());
  const first = await alice.tweet("with a picture", { media: [picture.id] });
  for (let n = 0; n < 5; n += 1) await alice.tweet(`hello @${bob.username} ${n}`);
  for (const key of ["twin", "twin", "1234567890123456789"]) await bob.api.post(`/tweet/${key}`, { text: "same" });
  await bob.api.get("/tweet/twin");
  await eventually(async () => expect(await readAll(bob.api, "/feed", "tweets", 2)).toHaveLength(8));
  for (const user of [alice, bob, carol]) {
    await readAll(user.api, "/notifications", "notifications", 2);
    await user.api.post("/notifications/read", { upTo: first.id });
    await readAll(user.api, "/feed", "tweets", 3);
    await user.api.get(`/feed?after=${first.id}`);
  }
  await readAll(carol.api, `/user/${alice.username}`, "tweets", 2);
  await readAll(carol.api, `/user/${alice.username}/followers`, "users", 1);
  await readAll(carol.api, `/user/${alice.username}/following`, "users", 1);
  await alice.api.patch("/user", { displayName: "Alice Lindqvist" });
  for (const q of ["u", "@al", "lind ali", alice.username]) await carol.api.get(`/users?q=${encodeURIComponent(q)}`);
  await carol.api.get("/users");
  await socket.ask("watch", { username: carol.username });
  await socket.ask("sync", { after: first.id });
  const again = await logInAgain(alice);
  const { sessions } = (await alice.api.get<{ sessions: { id: string; current: boolean }[] }>("/sessions")).body;
  await alice.api.delete(`/sessions/${sessions.find(({ current }) => !current)!.id}`);
  await again.api.get("/user");
  const avatar = await upload(alice, await gradient(30, 30).png().toBuffer());
  await alice.api.patch("/user", { bio: "hi", avatar: avatar.id });
  await alice.untweet(first.id);
  await bob.unfollow(alice);
  await bob.api.post("/user/password", { current: PASSWORD, password: `${PASSWORD}!` });
  await carol.api.post("/auth/logout-all");
}
