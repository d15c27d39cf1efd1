import { describe, expect, it } from "@jest/globals";
import { eventually, expectInvalid, expectProblem, logInAgain, uniqueName, useStarling } from "../../helper.ts";
import { pushHelpers, startPushService } from "../../support/push.ts";
import { useServer } from "../../support/servers.ts";

const starling = useStarling({ PUSH_ALLOW_LOOPBACK: "true" });
const service = useServer(() => startPushService());

const { reachable, bodies } = pushHelpers(service);

describe("POST /push/subscription", () => {
  const good = () => service().browser(uniqueName("device"));

  it("can be repeated, and moves a browser to the user who subscribed last", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    for (const follower of [bob, carol]) await follower.follow(alice);
    const name = uniqueName("device");
    const subscription = await service().subscribe(bob, name);
    for (const who of [bob, bob, carol]) {
      expect((await who.api.post("/push/subscription", subscription)).status).toBe(201);
    }
    const bobs = await reachable(bob);
    await alice.tweet("once");
    await eventually(() => expect([bodies(name), bodies(bobs)]).toEqual([["once"], ["once"]]));
    // The subscription is carol's now: bob can't remove it, and his tweet is pushed to her.
    expect(
      (await bob.api.send("DELETE", "/push/subscription", { json: { endpoint: subscription.endpoint } })).status,
    ).toBe(204);
    await carol.follow(bob);
    await bob.tweet("to carol's browser");
    await eventually(() => expect(bodies(name)).toEqual(["once", "to carol's browser"]));
  });

  it("keeps ten for a user, and replaces the oldest", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const devices: string[] = [];
    for (let n = 0; n < 12; n += 1) devices.push(await reachable(bob));
    await alice.tweet("to ten");
    await eventually(() => expect(devices.slice(2).map(bodies)).toEqual(Array.from({ length: 10 }, () => ["to ten"])));
    expect(devices.slice(0, 2).map(bodies)).toEqual([[], []]);
  });

  it("ends with DELETE, and with its session", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const elsewhere = await logInAgain(bob);
    const removed = await service().subscribe(bob, uniqueName("device"));
    const [loggedOut, stays] = [await reachable(elsewhere), await reachable(bob)];
    const remove = () => bob.api.send("DELETE", "/push/subscription", { json: { endpoint: removed.endpoint } });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 204]);
    expect((await elsewhere.api.post("/auth/logout")).status).toBe(204);
    await alice.tweet("who is left?");
    await eventually(() => expect(bodies(stays)).toEqual(["who is left?"]));
    expect(bodies(loggedOut)).toEqual([]);
    expect(
      service()
        .pushes()
        .some(({ to }) => removed.endpoint.endsWith(to)),
    ).toBe(false);
  });

  it.each([
    ["endpoint", "http://push.example.com/x"],
    ["endpoint", "https://user:secret@push.example.com/x"],
    ["endpoint", "https://push.example.com:22/x"],
    ["endpoint", "https://10.0.0.1/x"],
    ["endpoint", "https://192.168.1.1/x"],
    ["endpoint", "https://172.16.0.1/x"],
    ["endpoint", "https://169.254.169.254/latest/meta-data"],
    ["endpoint", "https://100.64.0.1/x"],
    ["endpoint", "https://224.0.0.1/x"],
    ["endpoint", "https://0.0.0.0/x"],
    ["endpoint", "https://[fe80::1]/x"],
    ["endpoint", "https://[fc00::1]/x"],
    ["endpoint", "https://[::ffff:10.0.0.1]/x"],
    ["endpoint", "https://[64:ff9b::a00:1]/x"],
    ["endpoint", "https://[2002:a00:1::1]/x"],
    ["endpoint", "https://redis/x"],
    ["endpoint", "https://printer.local/x"],
    ["endpoint", "ftp://push.example.com/x"],
    ["endpoint", "javascript:alert(1)"],
    ["endpoint", "push"],
    ["endpoint", `https://push.example.com/${"x".repeat(2048)}`],
    ["endpoint", 5],
    ["endpoint", null],
    ["keys.p256dh", ""],
    ["keys.p256dh", Buffer.alloc(65, 4).toString("base64url")],
    ["keys.p256dh", Buffer.alloc(64, 4).toString("base64url")],
    ["keys.p256dh", 5],
    ["keys.auth", Buffer.alloc(15).toString("base64url")],
    ["keys.auth", Buffer.alloc(17).toString("base64url")],
    ["keys.auth", "not base64url!"],
    ["keys.auth", null],
    ["expirationTime", "tomorrow"],
  ])("refuses %s %j", async (field, value) => {
    const { alice } = await starling.cast("alice");
    const { endpoint, expirationTime, keys } = good();
    const [, key] = field.split(".");
    const body = key
      ? { endpoint, expirationTime, keys: { ...keys, [key]: value } }
      : { endpoint, expirationTime, keys, [field]: value };
    const problem = expectProblem(await alice.api.post("/push/subscription", body), 422);
    expect(problem.errors?.map((error) => error.field)).toEqual([field]);
  });

  it("accepts the subscriptions of browsers: with or without an expiration time, keys with padding", async () => {
    const { alice } = await starling.cast("alice");
    const { endpoint, keys } = good();
    const padded = { p256dh: `${keys.p256dh}=`, auth: `${keys.auth}==` };
    for (const body of [
      { endpoint, keys },
      { endpoint, expirationTime: null, keys },
      { endpoint, expirationTime: Date.now() + 86_400_000, keys: padded },
      { endpoint: "https://fcm.googleapis.com/fcm/send/abc:def_g-h", expirationTime: null, keys },
    ]) {
      expect((await alice.api.post("/push/subscription", body)).status).toBe(201);
    }
  });

  it("requires an account and known fields, while GET /push/key requires neither", async () => {
    const { alice } = await starling.cast("alice");
    expectProblem(await starling.api.post("/push/subscription", good()), 401);
    expectProblem(await starling.api.send("DELETE", "/push/subscription", { json: { endpoint: "x" } }), 401);
    expectProblem(await alice.api.post("/push/subscription", { ...good(), userId: "1" }), 400);
    expectInvalid(await alice.api.send("DELETE", "/push/subscription", { json: {} }), "endpoint");
    const first = await starling.api.get<{ publicKey: string }>("/push/key");
    expect(first.status).toBe(200);
    const point = Buffer.from(first.body.publicKey, "base64url");
    expect([point.length, point[0]]).toEqual([65, 4]);
    expect((await starling.api.get("/push/key")).text).toBe(first.text);
  });
});
