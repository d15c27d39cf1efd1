import { describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectInvalid,
  expectProblem,
  expectUser,
  expectUserRef,
  readAllIds,
  useStarling,
  type ProfilePage,
  type User,
  type UsersPage,
} from "../../helper.ts";

const starling = useStarling();

describe("PUT /user/:username/follow", () => {
  it("follows, with notifications unless `notify` is false", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    const user = await bob.follow(alice);
    expectUser(user);
    expect(user).toMatchObject({ id: alice.id, viewer: { following: true, followedBy: false, notify: true } });
    expect((await carol.follow(alice, { notify: false })).viewer).toMatchObject({ following: true, notify: false });
    const followers = await starling.api.get<UsersPage>(`/user/${alice.username}/followers`);
    followers.body.users.forEach(expectUserRef);
    expect(followers.body.users.map((each) => each.id)).toEqual([carol.id, bob.id]);
  });

  it("accepts the body {} or none, and the name regardless of case", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const reply = await bob.api.put<User>(`/user/${alice.username.toUpperCase()}/follow`, {});
    expect(reply.status).toBe(200);
    expect(reply.body.viewer).toMatchObject({ following: true, notify: true });
  });

  it("can be repeated, also concurrently, and changes `notify`", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await Promise.all(Array.from({ length: 10 }, () => bob.follow(alice)));
    expect((await bob.follow(alice, { notify: false })).viewer?.notify).toBe(false);
    expect((await bob.follow(alice, { notify: true })).viewer?.notify).toBe(true);
    expect(await readAllIds(starling.api, `/user/${alice.username}/followers`, "users")).toEqual([bob.id]);
    await eventually(async () => {
      const profile = await starling.api.get<ProfilePage>(`/user/${alice.username}`);
      expect(profile.body.user.followersCount).toBe(1);
    });
  });

  it("is 422 for the caller's own name", async () => {
    const { alice } = await starling.cast("alice");
    for (const name of [alice.username, alice.username.toLowerCase()]) {
      expectProblem(await alice.api.put(`/user/${name}/follow`, {}), 422);
    }
    expect(await readAllIds(alice.api, `/user/${alice.username}/followers`, "users")).toEqual([]);
  });

  it("is 404 for an unknown name", async () => {
    const { alice } = await starling.cast("alice");
    expectProblem(await alice.api.put("/user/nobody_is_this/follow", {}), 404);
    expectProblem(await alice.api.delete("/user/nobody_is_this/follow"), 404);
  });

  it.each([["yes"], [1], [null], [{}]])("refuses notify: %j", async (notify) => {
    const { alice, bob } = await starling.cast("alice", "bob");
    expectInvalid(await bob.api.put(`/user/${alice.username}/follow`, { notify }), "notify");
  });

  it("refuses unknown fields and broken bodies", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const path = `/user/${alice.username}/follow`;
    expectProblem(await bob.api.put(path, { notify: true, as: "carol" }), 400);
    const headers = { "content-type": "application/json" };
    expectProblem(await bob.api.send("PUT", path, { raw: "{", headers }), 400);
    expectProblem(await bob.api.send("PUT", path, { raw: "{}", headers: { "content-type": "text/plain" } }), 415);
    expect(await readAllIds(starling.api, `/user/${alice.username}/followers`, "users")).toEqual([]);
  });
});

describe("DELETE /user/:username/follow", () => {
  it("unfollows, and can be repeated", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    for (let times = 0; times < 3; times += 1) {
      const user = await bob.unfollow(alice);
      expectUser(user);
      expect(user).toMatchObject({ id: alice.id, viewer: { following: false, followedBy: false } });
    }
    expect(await readAllIds(starling.api, `/user/${alice.username}/followers`, "users")).toEqual([]);
    expect(await readAllIds(starling.api, `/user/${bob.username}/following`, "users")).toEqual([]);
    await eventually(async () => {
      const profile = await starling.api.get<ProfilePage>(`/user/${alice.username}`);
      expect(profile.body.user.followersCount).toBe(0);
    });
  });

  it("keeps the counts right when follows and unfollows overlap", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => {
        const who = n % 2 ? bob : carol;
        return n % 3 ? who.follow(alice) : who.unfollow(alice);
      }),
    );
    await bob.follow(alice);
    await carol.unfollow(alice);
    expect(await readAllIds(starling.api, `/user/${alice.username}/followers`, "users")).toEqual([bob.id]);
    await eventually(async () => {
      const counts = async (name: string) => (await starling.api.get<ProfilePage>(`/user/${name}`)).body.user;
      expect((await counts(alice.username)).followersCount).toBe(1);
      expect((await counts(bob.username)).followingCount).toBe(1);
      expect((await counts(carol.username)).followingCount).toBe(0);
    });
  });
});
