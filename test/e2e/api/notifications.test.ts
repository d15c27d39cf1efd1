import { describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectInvalid,
  expectProblem,
  expectTweet,
  expectUserRef,
  PASSWORD,
  timeOfId,
  uniqueName,
  useStarling,
  type Notification,
  type NotificationsPage,
  type Person,
  type Session,
} from "../../helper.ts";

const starling = useStarling();

const read = async (who: Person) => {
  const reply = await who.api.get<NotificationsPage>("/notifications");
  expect(reply.status).toBe(200);
  return reply.body;
};
const brief = ({ kind, actor, tweet }: Notification) => [kind, actor.id, tweet?.text];

/** Waits until a user's notifications are exactly these, newest first. */
function expectNotifications(who: Person, expected: unknown[][]): Promise<NotificationsPage> {
  return eventually(async () => {
    const page = await read(who);
    expect(page.notifications.map(brief)).toEqual(expected);
    return page;
  });
}

describe("GET /notifications", () => {
  it("lists tweets, follows and mentions", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    await alice.tweet("to my followers");
    await expectNotifications(bob, [["tweet", alice.id, "to my followers"]]);
    await carol.follow(bob);
    await expectNotifications(bob, [
      ["follow", carol.id, undefined],
      ["tweet", alice.id, "to my followers"],
    ]);
    await carol.tweet(`what do you think, @${bob.username}?`);
    const page = await expectNotifications(bob, [
      ["mention", carol.id, `what do you think, @${bob.username}?`],
      ["follow", carol.id, undefined],
      ["tweet", alice.id, "to my followers"],
    ]);
    expect(page).toMatchObject({ unread: 3, next: null });
    for (const { id, createdAt, read: isRead, actor, tweet } of page.notifications) {
      expect(id).toMatch(/^\d{1,19}$/);
      expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(isRead).toBe(false);
      expectUserRef(actor);
      if (tweet) expectTweet(tweet);
    }
    await expectNotifications(alice, [["follow", bob.id, undefined]]);
    await expectNotifications(carol, []);
  });

  it("omits the user's own tweets, and those of users followed without `notify`", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await carol.follow(alice, { notify: false });
    await carol.follow(bob);
    await alice.tweet("quiet");
    await carol.tweet("own");
    await bob.tweet("loud");
    // Once the tweet that notifies has arrived, the earlier ones would have, too.
    await expectNotifications(carol, [["tweet", bob.id, "loud"]]);
    await carol.follow(alice, { notify: true });
    await alice.tweet("no longer quiet");
    await eventually(async () => {
      expect((await read(carol)).notifications.map(brief)[0]).toEqual(["tweet", alice.id, "no longer quiet"]);
    });
  });

  it("omits tweets from before the follow", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.tweet("before");
    await bob.follow(alice);
    await alice.tweet("after");
    await expectNotifications(bob, [["tweet", alice.id, "after"]]);
  });

  it("lists mentions of a name of 30 characters, and links it", async () => {
    const { alice } = await starling.cast("alice");
    const username = `${uniqueName()}${"_x".repeat(15)}`.slice(0, 30);
    const reply = await starling.api.post<Session>("/auth/signup", { username, password: PASSWORD });
    expect(reply.status).toBe(201);
    const tweet = await alice.tweet(`hello @${username}!`);
    const authorization = `Bearer ${reply.body.token}`;
    await eventually(async () => {
      const { body } = await starling.api.get<{ notifications: Notification[] }>("/notifications", { authorization });
      expect(body.notifications).toMatchObject([{ kind: "mention", tweet: { id: tweet.id } }]);
    });
    const page = await starling.api.get(`/tweet/${tweet.id}`, { accept: "text/html" });
    expect(page.text).toContain(`href="/user/${username}"`);
  });

  it("lists mentions regardless of case, once per tweet, but not of the author", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const text = `@${bob.username.toUpperCase()} and @${bob.username.toLowerCase()} and @${alice.username}`;
    await alice.tweet(text);
    await alice.tweet(`mail someone@${bob.username}.example or x@${bob.username}`);
    await alice.tweet(`@${bob.username}x @${bob.username}_ is somebody else`);
    const last = `last, @${bob.username}`;
    await alice.tweet(last);
    await expectNotifications(bob, [
      ["mention", alice.id, last],
      ["mention", alice.id, text],
    ]);
    await expectNotifications(alice, []);
  });

  it("lists a repeated follow once", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await Promise.all([bob.follow(alice), bob.follow(alice), bob.follow(alice)]);
    await bob.follow(alice, { notify: false });
    await carol.follow(alice);
    await expectNotifications(alice, [
      ["follow", carol.id, undefined],
      ["follow", bob.id, undefined],
    ]);
  });

  it("omits a deleted tweet", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const followed = await alice.tweet("soon gone");
    const mention = await alice.tweet(`soon gone, too, @${bob.username}`);
    const kept = await alice.tweet("stays");
    await eventually(async () => {
      const ids = (await read(bob)).notifications.map((each) => each.tweet?.id);
      expect(ids).toEqual(expect.arrayContaining([followed.id, mention.id, kept.id]));
    });
    await alice.untweet(followed.id);
    await alice.untweet(mention.id);
    await eventually(async () => {
      const page = await read(bob);
      expect(page.notifications.map((each) => each.tweet?.id)).toEqual([kept.id]);
      expect(page.unread).toBe(1);
    });
  });
});

describe("groups of notifications", () => {
  it("are tweets of an hour, followers of a day, and each mention by itself", async () => {
    const { alice, bob, carol, dave } = await starling.cast("alice", "bob", "carol", "dave");
    for (const author of [alice, bob]) await carol.follow(author);
    const followers = [await alice.follow(carol), await dave.follow(carol)];
    await alice.tweet("one");
    await bob.tweet("two");
    await alice.tweet("three");
    for (const text of ["four", "five"]) await dave.tweet(`@${carol.username} ${text}`);
    const { notifications, unread, unreadGroups } = await eventually(async () => {
      const page = await read(carol);
      expect(page.notifications).toHaveLength(5 + followers.length);
      return page;
    });
    const spans = { tweet: 3_600_000, follow: 86_400_000, mention: 0 };
    const bySpan = ({ id, kind }: Notification) =>
      `${kind} ${spans[kind] === 0 ? id : Math.floor(timeOfId(id) / spans[kind])}`;
    const sameGroups = (by: (item: Notification) => string) =>
      notifications.map((item) => notifications.filter((other) => by(other) === by(item)).map(({ id }) => id));
    expect(sameGroups(({ group }) => group)).toEqual(sameGroups(bySpan));
    expect(unread).toBe(7);
    expect(unreadGroups).toEqual([...new Set(notifications.map(({ group }) => group))]);
  });

  it("are counted beyond the page, and go when they are read or taken back", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const mentions = [];
    for (let count = 0; count < 4; count++) mentions.push(await alice.tweet(`${count} @${bob.username}`));
    const groups = mentions.map(({ id }) => `mention-${id}`).reverse();
    const page = async (query: string) => (await bob.api.get<NotificationsPage>(`/notifications?${query}`)).body;
    await eventually(async () => expect((await page("limit=1")).unreadGroups).toEqual(groups));
    expect((await page(`limit=1&before=${mentions[1]!.id}`)).unreadGroups).toEqual(groups);
    await bob.api.post("/notifications/read", { upTo: mentions[0]!.id });
    await alice.untweet(mentions[2]!.id);
    await eventually(async () =>
      expect(await page("limit=1")).toMatchObject({ unread: 2, unreadGroups: [groups[0], groups[2]] }),
    );
  });
});

describe("GET /notifications?kind=mention", () => {
  it("lists mentions alone, page by page, and counts everything", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    await carol.follow(bob);
    const texts: string[] = [];
    for (let count = 0; count < 5; count++) {
      await alice.tweet(`a tweet ${count}`);
      texts.unshift(`@${bob.username} ${count}`);
      await alice.tweet(texts[0]!);
    }
    await bob.tweet(`I am @${bob.username}`);
    await eventually(async () => expect((await read(bob)).unread).toBe(11));
    const found: (string | undefined)[] = [];
    let next: string | null = "/notifications?kind=mention&limit=2";
    while (next !== null) {
      const { status, body }: { status: number; body: NotificationsPage } = await bob.api.get<NotificationsPage>(next);
      expect([status, body.unread, body.unreadGroups.length]).toEqual([200, 11, (await read(bob)).unreadGroups.length]);
      for (const { kind, tweet } of body.notifications) found.push(kind === "mention" ? tweet?.text : kind);
      next = body.next;
    }
    expect(found).toEqual(texts);
  });

  it("refuses other kinds", async () => {
    const { alice } = await starling.cast("alice");
    for (const query of ["kind=", "kind=poke", "kind=mention&kind=mention"]) {
      expectInvalid(await alice.api.get(`/notifications?${query}`), "kind");
    }
  });
});

describe("POST /notifications/read", () => {
  it("marks everything up to the named one as read", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.follow(alice);
    await alice.tweet("one");
    await carol.follow(bob);
    await eventually(async () => expect((await read(bob)).notifications).toHaveLength(2));
    await alice.tweet("two");
    const page = await expectNotifications(bob, [
      ["tweet", alice.id, "two"],
      ["follow", carol.id, undefined],
      ["tweet", alice.id, "one"],
    ]);
    const readUpTo = async (id: string) => {
      const reply = await bob.api.post("/notifications/read", { upTo: id });
      expect([reply.status, reply.text]).toEqual([204, ""]);
    };
    const expectRead = (unread: number, flags: boolean[]) =>
      eventually(async () => {
        const now = await read(bob);
        expect([now.unread, now.notifications.map((each) => each.read)]).toEqual([unread, flags]);
      });
    await readUpTo(page.notifications[1]!.id);
    await expectRead(1, [false, true, true]);
    // The marker never moves back, because a slow device must not make read notifications unread.
    await readUpTo(page.notifications[2]!.id);
    await expectRead(1, [false, true, true]);
    await readUpTo(page.notifications[0]!.id);
    await expectRead(0, [true, true, true]);
    await alice.tweet("three");
    await eventually(async () => {
      const now = await read(bob);
      expect([now.unread, now.notifications.map((each) => each.read)]).toEqual([1, [false, true, true, true]]);
    });
  });

  it.each([[{}], [{ upTo: 5 }], [{ upTo: "abc" }], [{ upTo: null }], [{ upTo: "" }], [{ upTo: ["1"] }]])(
    "refuses %j",
    async (body) => {
      const { alice } = await starling.cast("alice");
      expectInvalid(await alice.api.post("/notifications/read", body), "upTo");
    },
  );

  it("refuses unknown fields", async () => {
    const { alice } = await starling.cast("alice");
    expectProblem(await alice.api.post("/notifications/read", { upTo: "1", all: true }), 400);
  });
});
