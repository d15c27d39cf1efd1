import { describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectInvalid,
  expectProblem,
  expectTweet,
  expectUser,
  useStarling,
  type ProfilePage,
  type Tweet,
  type User,
} from "../../helper.ts";

const starling = useStarling();

describe("GET /user and GET /user/:username", () => {
  it("return a profile with its tweets", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const tweet = await alice.tweet("hello");
    for (const [api, path] of [
      [alice.api, "/user"],
      [alice.api, `/user/${alice.username}`],
      [bob.api, `/user/${alice.username}`],
      [starling.api, `/user/${alice.username}`],
    ] as const) {
      const reply = await api.get<ProfilePage>(path);
      expect(reply.status).toBe(200);
      expectUser(reply.body.user);
      expect(reply.body.user).toMatchObject({ id: alice.id, displayName: "alice", accountAge: 0 });
      expect(reply.body.tweets.map((each) => each.id)).toEqual([tweet.id]);
      expectTweet(reply.body.tweets[0]!);
      expect(reply.body.next).toBeNull();
    }
  });

  it("find the name regardless of case", async () => {
    const { alice } = await starling.cast("alice");
    for (const name of [alice.username.toLowerCase(), alice.username.toUpperCase()]) {
      const reply = await starling.api.get<ProfilePage>(`/user/${name}`);
      expect(reply.body.user).toMatchObject({ id: alice.id, username: alice.username });
    }
  });

  it.each(["nobody_has_this", "a", "%00", "a%20b", "zo%C3%AB", "x".repeat(16), "..%2Ffeed", "__proto__", "$ne"])(
    "are 404 for %s",
    async (name) => {
      expectProblem(await starling.api.get(`/user/${name}`), [404, 422]);
      expectProblem(await starling.api.get(`/user/${name}/followers`), [404, 422]);
      expectProblem(await starling.api.get(`/user/${name}/following`), [404, 422]);
    },
  );

  it("count tweets, followers and following", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    const counts = async (who: { username: string }) =>
      (await starling.api.get<ProfilePage>(`/user/${who.username}`)).body.user;
    await bob.follow(alice);
    await carol.follow(alice);
    await carol.follow(bob);
    const tweet = await alice.tweet("one");
    await alice.tweet("two");
    await eventually(async () => {
      expect(await counts(alice)).toMatchObject({ tweetsCount: 2, followersCount: 2, followingCount: 0 });
      expect(await counts(bob)).toMatchObject({ tweetsCount: 0, followersCount: 1, followingCount: 1 });
      expect(await counts(carol)).toMatchObject({ tweetsCount: 0, followersCount: 0, followingCount: 2 });
    });
    await alice.untweet(tweet.id);
    await carol.unfollow(alice);
    await eventually(async () => {
      expect(await counts(alice)).toMatchObject({ tweetsCount: 1, followersCount: 1, followingCount: 0 });
      expect(await counts(carol)).toMatchObject({ followingCount: 1 });
    });
  });

  it("tell the relation of the reader to the profile", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob, { notify: false });
    const seen = async (viewer: typeof alice, whom: typeof alice) =>
      (await viewer.api.get<ProfilePage>(`/user/${whom.username}`)).body.user.viewer;
    expect(await seen(alice, bob)).toEqual({ following: true, followedBy: false, notify: false });
    expect(await seen(bob, alice)).toMatchObject({ following: false, followedBy: true });
    await bob.follow(alice);
    expect(await seen(alice, bob)).toEqual({ following: true, followedBy: true, notify: false });
    expect(await seen(bob, alice)).toEqual({ following: true, followedBy: true, notify: true });
    const anonymous = await starling.api.get<ProfilePage>(`/user/${bob.username}`);
    expect(anonymous.body.user.viewer).toBeUndefined();
  });
});

describe("PATCH /user", () => {
  it("changes the given fields only", async () => {
    const { alice } = await starling.cast("alice");
    const bio = "Through the looking-glass & <b>what</b> I found there 🐇";
    const first = await alice.api.patch<User>("/user", { bio });
    expect(first.status).toBe(200);
    expectUser(first.body);
    expect(first.body).toMatchObject({ id: alice.id, bio, displayName: "alice" });
    const second = await alice.api.patch<User>("/user", { displayName: "Alice Liddell" });
    expect(second.body).toMatchObject({ bio, displayName: "Alice Liddell" });
    const third = await alice.api.patch<User>("/user", { bio: "" });
    expect(third.body).toMatchObject({ bio: "", displayName: "Alice Liddell" });
    const seen = await starling.api.get<ProfilePage>(`/user/${alice.username}`);
    expect(seen.body.user).toMatchObject({ bio: "", displayName: "Alice Liddell" });
  });

  it("shows on existing tweets", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const tweet = await alice.tweet("by alice");
    await alice.api.patch("/user", { displayName: "Alice Liddell" });
    await eventually(async () => {
      expect((await starling.api.get<Tweet>(`/tweet/${tweet.id}`)).body.author.displayName).toBe("Alice Liddell");
      const feed = await bob.api.get<ProfilePage>("/feed");
      expect(feed.body.tweets[0]?.author.displayName).toBe("Alice Liddell");
    });
  });

  it("refuses values that are far too long", async () => {
    const { alice } = await starling.cast("alice");
    expectInvalid(await alice.api.patch("/user", { displayName: "x".repeat(1000) }), "displayName");
    expectInvalid(await alice.api.patch("/user", { bio: "x".repeat(10_000) }), "bio");
  });

  it.each([
    ["displayName", 5],
    ["displayName", ["a"]],
    ...["\n", "\r", "\t", "\u0085", "\u2028", "\u2029"].map((gap): [string, string] => [
      "displayName",
      `two${gap}lines`,
    ]),
    ["bio", { $set: 1 }],
    ["avatar", 5],
    ["avatar", "not an id"],
  ])("refuses the %s %j", async (field, value) => {
    const { alice } = await starling.cast("alice");
    expectInvalid(await alice.api.patch("/user", { [field]: value }), field);
  });

  it("refuses an unknown picture", async () => {
    const { alice } = await starling.cast("alice");
    expectProblem(await alice.api.patch("/user", { avatar: "1234567890123456789" }), [404, 422]);
  });

  it.each([
    [{ username: "other" }],
    [{ id: "1" }],
    [{ tweetsCount: 1_000_000 }],
    [{ password: "new password" }],
    [{ viewer: {} }],
  ])("refuses %j, which can't be changed here", async (body) => {
    const { alice } = await starling.cast("alice");
    expectProblem(await alice.api.patch("/user", body), 400);
  });
});
