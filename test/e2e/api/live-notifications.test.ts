import { afterEach, describe, expect, it } from "@jest/globals";
import {
  closeAllLive,
  connectLive,
  eventually,
  type NotificationsPage,
  type Person,
  timeOfId,
  useStarling,
} from "../../helper.ts";

const starling = useStarling();
afterEach(closeAllLive);

/** Waits until a user has so many unread notifications. */
const expectUnread = (who: Person, unread: number) =>
  eventually(async () => {
    const { body } = await who.api.get<NotificationsPage>("/notifications");
    expect(body.unread).toBe(unread);
    return body.notifications;
  });

/** The group of the tweets of the same hour, for those who follow the author. */
const tweetsOf = ({ id }: { id: string }) => `tweet-${Math.floor(timeOfId(id) / 3_600_000)}`;

const open = (who: Person) => connectLive(starling.url, who.token);

describe("notifications:read", () => {
  it("tells the user's other devices what was read, and no one else", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const tweets = [await alice.tweet("one"), await alice.tweet("two"), await alice.tweet("three")];
    await expectUnread(bob, 3);
    const [phone, laptop, others] = [await open(bob), await open(bob), await open(alice)];
    await bob.api.post("/notifications/read", { upTo: tweets[1]!.id });
    const told = [["read", { upTo: tweets[1]!.id, unread: 1, unreadGroups: [tweetsOf(tweets[2]!)] }]];
    for (const device of [phone, laptop]) await eventually(() => expect(device.inbox).toEqual(told));
    const future = `${2n ** 63n - 1n}`;
    await bob.api.post("/notifications/read", { upTo: future });
    await eventually(() => expect(phone.inbox.at(-1)).toMatchObject(["read", { unread: 0, unreadGroups: [] }]));
    expect(phone.inbox.at(-1)![1]).not.toHaveProperty("upTo", future);
    expect(others.inbox).toEqual([]);
  });
});

describe("notification:deleted", () => {
  it("tells those who were mentioned or follow that a tweet is gone", async () => {
    const { alice, bob, carol, dave } = await starling.cast("alice", "bob", "carol", "dave");
    await bob.follow(alice);
    await dave.follow(alice, { notify: false });
    const kept = await alice.tweet(`hello @${carol.username}`);
    const tweet = await alice.tweet(`bye @${carol.username}`);
    for (const reader of [bob, carol]) await expectUnread(reader, 2);
    const [bobs, carols, daves] = [await open(bob), await open(carol), await open(dave)];
    await alice.api.delete(`/tweet/${tweet.id}`);
    for (const live of [bobs, carols]) {
      const groups = live === bobs ? [tweetsOf(kept)] : [`mention-${kept.id}`];
      const told = [["deleted", { id: tweet.id, unread: 1, unreadGroups: groups }]];
      await eventually(() => expect(live.inbox).toEqual(told));
    }
    for (const reader of [bob, carol]) {
      expect((await expectUnread(reader, 1)).map(({ id }) => id)).toEqual([kept.id]);
    }
    await eventually(() => expect(daves.deleted).toEqual([tweet.id]));
    expect(daves.inbox).toEqual([]);
  });

  it("tells the followed user that a follow was taken back, however often", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const live = await open(alice);
    for (let round = 1; round <= 3; round++) {
      await bob.follow(alice);
      await eventually(() => expect(live.notifications).toHaveLength(round));
      await bob.api.delete(`/user/${alice.username}/follow`);
      const gone = ["deleted", { id: live.notifications.at(-1)!.id, unread: 0, unreadGroups: [] }];
      await eventually(() => expect(live.inbox).toHaveLength(round));
      expect(live.inbox.at(-1)).toEqual(gone);
    }
    await bob.api.delete(`/user/${alice.username}/follow`);
    await bob.follow(alice);
    await eventually(() => expect(live.notifications).toHaveLength(4));
    expect(live.inbox).toHaveLength(3);
    await expectUnread(alice, 1);
  });
});

describe("a user's own changes", () => {
  it("make all of the user's devices read again what notifies, and the notifications are gone or back", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    for (const author of [alice, carol]) await bob.follow(author);
    await alice.tweet("one");
    const mention = await alice.tweet(`two @${bob.username}`);
    const kept = await carol.tweet("three");
    await expectUnread(bob, 3);
    const live = await open(bob);
    let resyncs = 0;
    live.socket.on("resync", () => (resyncs += 1));
    const expectLeft = async (count: number, ids: string[]) => {
      await eventually(() => expect(resyncs).toBe(count));
      const { body } = await bob.api.get<NotificationsPage>("/notifications");
      expect(body.notifications.map(({ id }) => id)).toEqual(ids);
      expect(new Set(body.unreadGroups)).toEqual(new Set(body.notifications.map(({ group }) => group)));
    };
    await bob.follow(alice, { notify: false });
    await expectLeft(1, [kept.id, mention.id]);
    await bob.follow(alice, { notify: true });
    await eventually(() => expect(resyncs).toBe(2));
    await expectUnread(bob, 3);
    await bob.unfollow(carol);
    await eventually(() => expect(resyncs).toBe(3));
    await expectUnread(bob, 2);
  });
});
