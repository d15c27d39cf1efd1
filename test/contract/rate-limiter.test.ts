import { beforeAll, expect, it } from "@jest/globals";
import { memoryKeeper } from "../../seams/limits/memory.ts";
import { createRateLimiter, type RateLimiter } from "../../seams/limits/rate-limiter.ts";
import { redisKeeper } from "../../seams/limits/redis.ts";
import { describeBackends } from "../support/backends.ts";

const SPEC = { name: "guess", points: 3, windowSeconds: 60 };

let keys = 0;
/** @returns a key that no other test uses */
const newKey = () => `198.51.100.7-${++keys}`;

await describeBackends(({ connect, passTime }) => {
  let limiter: RateLimiter;
  beforeAll(async () => {
    const redis = await connect();
    limiter = createRateLimiter(1, redis ? redisKeeper(redis) : memoryKeeper);
  });

  it("counts down, then refuses until the window ends", async () => {
    const key = newKey();
    for (const remaining of [2, 1, 0]) {
      expect(await limiter.hit(SPEC, key)).toEqual({ limit: 3, remaining, reset: 60, allowed: true });
    }
    expect(await limiter.hit(SPEC, key)).toMatchObject({ limit: 3, remaining: 0, allowed: false });
    await passTime(40);
    const late = await limiter.hit(SPEC, key);
    expect(late.allowed).toBe(false);
    expect(late.reset).toBeLessThanOrEqual(20);
    await passTime(25);
    expect(await limiter.hit(SPEC, key)).toEqual({ limit: 3, remaining: 2, reset: 60, allowed: true });
  });

  it("counts keys and limits separately", async () => {
    const [one, two] = [newKey(), newKey()];
    await limiter.hit(SPEC, one);
    expect(await limiter.hit(SPEC, two)).toMatchObject({ remaining: 2 });
    expect(await limiter.hit({ ...SPEC, name: "search", points: 9 }, one)).toMatchObject({ limit: 9, remaining: 8 });
  });

  it("resets a count", async () => {
    const key = newKey();
    for (let n = 0; n < 5; n++) await limiter.hit(SPEC, key);
    await limiter.reset(SPEC, key);
    expect(await limiter.hit(SPEC, key)).toMatchObject({ remaining: 2, allowed: true });
    await limiter.reset(SPEC, newKey());
  });

  it("gives a point back, within the same window", async () => {
    const key = newKey();
    for (let n = 0; n < 3; n++) await limiter.hit(SPEC, key);
    await limiter.giveBack(SPEC, key);
    expect(await limiter.hit(SPEC, key)).toMatchObject({ remaining: 0, allowed: true });
    expect(await limiter.hit(SPEC, key)).toMatchObject({ allowed: false });
    await passTime(65);
    expect(await limiter.hit(SPEC, key)).toMatchObject({ remaining: 2, allowed: true });
  });

  it("allows exactly the limit of concurrent hits", async () => {
    const key = newKey();
    const states = await Promise.all(Array.from({ length: 50 }, () => limiter.hit(SPEC, key)));
    expect(states.filter((state) => state.allowed)).toHaveLength(3);
  });
});
