import { describe, expect, it } from "@jest/globals";
import { connectLive, eventually, useStarling } from "../../helper.ts";
import { gradient } from "../../support/files.ts";
import { pushHelpers, startPushService } from "../../support/push.ts";
import { useServer } from "../../support/servers.ts";
import type { User } from "../../support/shapes.ts";
import { upload } from "../../support/uploads.ts";

/** In code points. */
const LONGEST_NAME = 50;
const PICTURE = await gradient(640, 400).jpeg().toBuffer();

const starling = useStarling({ PUSH_ALLOW_LOOPBACK: "true" });
const service = useServer(() => startPushService());

const { reachable, bodies } = pushHelpers(service);

describe("a push", () => {
  it("tells an absent follower the author, text and address, in a message signed with the key", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const device = await reachable(bob);
    const tweet = await alice.tweet("The starlings are back");
    const push = await eventually(() => {
      const [first] = service().pushes(device);
      expect(first).toBeDefined();
      return first!;
    });
    expect(push.message).toMatchObject({ title: "alice", body: "The starlings are back", url: tweet.url });
    const { publicKey } = (await starling.api.get<{ publicKey: string }>("/push/key")).body;
    expect(push.key).toBe(publicKey);
    expect(push.ttl).toBeGreaterThan(0);
    expect(push.urgency).toBe("normal");
    expect(push.topic).toMatch(/^[\w-]{1,32}$/);
  });

  it("goes only to absent followers, and the socket's message only to those who are connected", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    for (const follower of [bob, carol]) await follower.follow(alice);
    const [bobs, carols] = [await reachable(bob), await reachable(carol)];
    const live = await connectLive(starling.url, bob.token);
    await alice.tweet("first");
    await eventually(() => expect(bodies(carols)).toEqual(["first"]));
    await eventually(() => expect(live.notifications.map(({ tweet }) => tweet?.text)).toEqual(["first"]));
    live.close();
    // The client knows at once that bob has disconnected, but the server learns of it a moment later.
    await eventually(async () => {
      await alice.tweet("are you still here?");
      await eventually(() => expect(bodies(bobs).length).toBeGreaterThan(0), 1000);
    });
    expect(bodies(bobs)).not.toContain("first");
    expect(bodies(carols).filter((body) => body === "first")).toHaveLength(1);
  });

  it("is not sent for users followed without `notify`, for the user's own tweets, or for tweets before the follow", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    const device = await reachable(carol);
    await alice.tweet("before the follow");
    await carol.follow(alice, { notify: false });
    await carol.follow(bob);
    await alice.tweet("quiet");
    await carol.tweet(`own, of @${carol.username}`);
    await bob.tweet("loud");
    await eventually(() => expect(bodies(device)).toEqual(["loud"]));
    await carol.follow(alice, { notify: true });
    await alice.tweet("no longer quiet");
    await eventually(() => expect(bodies(device)).toEqual(["loud", "no longer quiet"]));
  });

  it("tells once of a mention by any author, and of new followers", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const device = await reachable(bob);
    await bob.follow(alice);
    const text = `@${bob.username} @${bob.username.toLowerCase()}, look`;
    await alice.tweet(text);
    await eventually(() => expect(bodies(device)).toEqual([text]));
    await alice.follow(bob);
    await eventually(() => expect(bodies(device)).toEqual([text, `@${alice.username}`]));
    const titles = service()
      .pushes(device)
      .map(({ message }) => message.title);
    expect(titles).toEqual(["alice mentioned you", "alice follows you"]);
    // A repeated follow is not pushed again.
    await alice.unfollow(bob);
    await alice.follow(bob);
    await alice.tweet(`@${bob.username} last`);
    await eventually(() => expect(bodies(device)).toContain(`@${bob.username} last`));
    expect(bodies(device)).toHaveLength(3);
  });

  it("replaces earlier ones of the same author, but not of another, and never a mention", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    const device = await reachable(carol);
    for (const author of [alice, bob]) await carol.follow(author);
    for (const text of ["one", "two", "three"]) await alice.tweet(text);
    await bob.tweet("four");
    await bob.tweet(`five, @${carol.username}`);
    await bob.tweet(`six, @${carol.username}`);
    await eventually(() => expect(bodies(device)).toHaveLength(6));
    const pushes = service().pushes(device);
    const topics = new Map(pushes.map(({ message, topic }) => [message.body, topic]));
    expect(topics.get("two")).toBe(topics.get("one"));
    expect(topics.get("three")).toBe(topics.get("one"));
    expect(new Set(topics.values()).size).toBe(4);
    for (const { message, topic } of pushes) expect(message.tag).toBe(topic);
    expect(new Set(pushes.map(({ message: { kind, allUrl } }) => `${kind} ${new URL(allUrl).pathname}`))).toEqual(
      new Set([`tweet /user/${alice.username}`, `tweet /user/${bob.username}`, `mention /user/${bob.username}`]),
    );
  });

  it("stays small for any tweet, and shows its picture and the author's avatar", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const [avatar, picture, second] = [
      await upload(alice, PICTURE),
      await upload(alice, PICTURE),
      await upload(alice, PICTURE),
    ];
    const displayName = [..."👩‍👩‍👧‍👦".repeat(LONGEST_NAME)].slice(0, LONGEST_NAME).join("");
    const named = await alice.api.patch<User>("/user", { displayName, avatar: avatar.id });
    expect([named.status, named.body.displayName]).toEqual([200, displayName]);
    const device = await reachable(bob);
    await bob.follow(alice);
    const long = `${"👩‍👩‍👧‍👦".repeat(40)} https://example.com/${"x".repeat(4000)}`;
    await alice.tweet(long, { media: [picture.id, second.id] });
    const push = await eventually(() => {
      const [first] = service().pushes(device);
      expect(first).toBeDefined();
      return first!;
    });
    expect(push.bytes).toBeLessThanOrEqual(3072);
    expect(push.message.body).toMatch(/^(👩‍👩‍👧‍👦)+…$/u);
    expect(push.message).toMatchObject({
      title: displayName,
      icon: named.body.avatarUrl,
      image: picture.previewUrl,
    });
  });

  it("is not sent for a deleted tweet", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const device = await reachable(bob);
    await bob.follow(alice);
    service().answerWith((to) => (to === device ? { status: 503 } : { status: 201 }));
    const gone = await alice.tweet("soon gone");
    await eventually(() => expect(bodies(device)).toEqual(["soon gone"]));
    await alice.untweet(gone.id);
    service().answerWith(() => ({ status: 201 }));
    await alice.tweet("stays");
    await eventually(() => expect(bodies(device)).toEqual(["soon gone", "stays"]));
    const kept = await alice.tweet("the last");
    await eventually(() => expect(bodies(device)).toContain(kept.text));
    expect(
      service()
        .pushes(device)
        .filter(({ status }) => status === 201),
    ).toHaveLength(2);
  });
});
