import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ServiceBroker } from "moleculer";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { eventually } from "../helper.ts";

/** More than any node may keep. */
const TOO_MANY = 100_001;

let lines: string[] = [];
const logger = {
  warn: (...what: unknown[]) => lines.push(what.join(" ")),
  info: (...what: unknown[]) => lines.push(what.join(" ")),
} as unknown as ServiceBroker["logger"];

/** Something that work needs, and that may be away. */
function resource() {
  const tries: string[] = [];
  const done: string[] = [];
  const state = { away: true, atOnce: 0, most: 0, tries, done };
  return Object.assign(state, {
    work: (name: string) => async () => {
      tries.push(name);
      state.atOnce += 1;
      state.most = Math.max(state.most, state.atOnce);
      await Promise.resolve();
      state.atOnce -= 1;
      if (state.away) throw new Error("It is away");
      done.push(name);
    },
  });
}

const names = (count: number, prefix = "") => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const isThrough = () => eventually(() => expect(lines.at(-1)).toMatch(/in all/), 60_000);

beforeEach(() => {
  lines = [];
});

describe("what follows from something that is done", () => {
  it("is waited for, and done once, when it works", async () => {
    const cache = resource();
    cache.away = false;
    await nowOrSoon(logger, "one", cache.work("one"));
    expect([cache.tries, lines]).toEqual([["one"], []]);
  });

  it("costs next to nothing in an outage, however much waits, and all is done after it", async () => {
    const cache = resource();
    const all = names(5000);
    for (const name of all) await nowOrSoon(logger, name, cache.work(name));
    cache.most = 0;
    await eventually(() => expect(cache.tries.length).toBeGreaterThan(all.length));
    expect(cache.tries.length).toBeLessThan(all.length + 500);
    expect(lines).toEqual([expect.stringMatching(/0.*It is away/)]);
    cache.away = false;
    await isThrough();
    expect([...cache.done].sort()).toEqual([...all].sort());
    expect(cache.most).toBeLessThan(50);
    expect(lines.slice(1)).toEqual([expect.stringContaining("5000")]);
  });

  it("is done once when the same is to be done again and again", async () => {
    const cache = resource();
    for (const name of names(1000)) await nowOrSoon(logger, "the same", cache.work(name));
    cache.away = false;
    await isThrough();
    expect(cache.done).toEqual(["999"]);
  });

  it("is done while what needs something else can't be", async () => {
    const [ill, well] = [resource(), resource()];
    const all = names(500, "well ");
    for (const name of names(500, "ill ")) await nowOrSoon(logger, name, ill.work(name));
    for (const name of all) await nowOrSoon(logger, name, well.work(name));
    well.away = false;
    await eventually(() => expect([...well.done].sort()).toEqual([...all].sort()), 120_000);
    ill.away = false;
    await isThrough();
    expect(ill.done).toHaveLength(500);
  });

  it("is the caller's to try again when too much waits", async () => {
    const cache = resource();
    const all = names(TOO_MANY);
    const last = all.pop()!;
    for (const name of all) await nowOrSoon(logger, name, cache.work(name));
    await expect(nowOrSoon(logger, last, cache.work(last))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await nowOrSoon(logger, all[0]!, cache.work("again"));
    cache.away = false;
    await isThrough();
    expect(cache.done).toHaveLength(all.length);
    await nowOrSoon(logger, last, cache.work(last));
    expect(cache.done).toContain(last);
  });
});
