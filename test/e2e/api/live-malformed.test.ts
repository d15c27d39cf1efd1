import { describe, expect, it } from "@jest/globals";
import { connectLive, eventually, expectProblemBody, useStarling, type Live, type Problem } from "../../helper.ts";

const starling = useStarling();

const texts = (live: Live) => live.tweets.map((tweet) => tweet.text);

describe("a malformed message", () => {
  const odd: unknown[] = [
    undefined,
    null,
    5,
    "",
    "alice",
    [],
    {},
    { username: null },
    { username: 5 },
    { username: {} },
    { username: { $ne: "" } },
    { username: "x".repeat(10_000) },
    { username: "a\u0000b" },
    { after: null },
    { after: 5 },
    { after: "abc" },
    { after: "-1" },
    { after: ["1"] },
    { after: "9".repeat(100) },
    { username: Buffer.from([1, 2, 3]) },
  ];

  it.each(["watch", "unwatch", "sync"])("%s is answered with a problem", async (event) => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    for (const payload of odd) {
      const { error } = await live.ask(event, payload);
      expect([error?.status, payload]).toEqual([expect.any(Number), payload]);
      expect([400, 404, 422]).toContain(error!.status);
      expectProblemBody(error!, error!.status);
    }
    const { error } = (await live.socket.timeout(20_000).emitWithAck(event)) as { error: Problem };
    expectProblemBody(error, 422);
    expect(error.errors).toEqual([{ field: "body", message: "is required" }]);
    await alice.tweet("still here");
    await eventually(() => expect(texts(live)).toEqual(["still here"]));
  });

  it("without an acknowledgement does no harm", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    for (const event of ["watch", "unwatch", "sync"]) {
      for (const payload of odd) live.socket.emit(event, payload);
      live.socket.emit(event);
      live.socket.emit(event, 1, 2, 3);
    }
    await alice.tweet("still here");
    await eventually(() => expect(texts(live)).toEqual(["still here"]));
  });

  it("with an unknown event name reaches no handler", async () => {
    const { alice } = await starling.cast("alice");
    const live = await connectLive(starling.url, alice.token);
    const answers: unknown[] = [];
    // These have no listener, so no answer comes. The library's own listeners would answer.
    for (const event of ["call", "tweets.create", "$node.list", "broadcast", "users.find", "error", "__proto__"]) {
      live.socket.emit(event, "users.find", {}, (...answer: unknown[]) => answers.push(answer));
      live.socket.emit(event, "$node.services", (...answer: unknown[]) => answers.push(answer));
    }
    expect(await live.ask("watch", { username: alice.username })).toEqual({ ok: true });
    expect(answers).toEqual([]);
  });

  it("of megabytes costs at most the sender's connection", async () => {
    const { alice } = await starling.cast("alice");
    const [big, other] = [await connectLive(starling.url), await connectLive(starling.url, alice.token)];
    big.socket.emit("watch", { username: "x".repeat(5_000_000) });
    await eventually(() => expect(big.socket.connected).toBe(false));
    await alice.tweet("still here");
    await eventually(() => expect(texts(other)).toEqual(["still here"]));
    await starling.expectWell();
  });
});
