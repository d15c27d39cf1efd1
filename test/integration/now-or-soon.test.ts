import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ServiceBroker } from "moleculer";
import { finishQueued, nowOrSoon } from "../../lib/now-or-soon.ts";
import { eventually } from "../helper.ts";

/** One more than a node queues. */
const TOO_MANY = 100_001;

let lines: string[] = [];
const logger = {
  warn: (...what: unknown[]) => lines.push(what.join(" ")),
  info: (...what: unknown[]) => lines.push(what.join(" ")),
} as unknown as ServiceBroker["logger"];

/** A resource that work needs, and that may be down. */
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
const queueIsEmpty = () => eventually(() => expect(lines.at(-1)).toMatch(/in all/), 60_000);

beforeEach(() => {
  lines = [];
});

describe("work that must follow a completed change", () => {
  it("is awaited and runs once when it succeeds", async () => {
    const cache = resource();
    cache.away = false;
    await nowOrSoon(logger, "one", cache.work("one"));
    expect([cache.tries, lines]).toEqual([["one"], []]);
  });

  it("costs next to nothing in an outage, however long the queue, and all of it is done afterwards", async () => {
    const cache = resource();
    const all = names(5000);
    for (const name of all) await nowOrSoon(logger, name, cache.work(name));
    cache.most = 0;
    await eventually(() => expect(cache.tries.length).toBeGreaterThan(all.length));
    expect(cache.tries.length).toBeLessThan(all.length + 500);
    expect(lines).toEqual([expect.stringMatching(/0.*It is away/)]);
    cache.away = false;
    await queueIsEmpty();
    expect([...cache.done].sort()).toEqual([...all].sort());
    expect(cache.most).toBeLessThan(50);
    expect(lines.slice(1)).toEqual([expect.stringContaining("5000")]);
  });

  it("is done before a node stops, or given up after a time", async () => {
    const cache = resource();
    for (const name of names(100)) await nowOrSoon(logger, name, cache.work(name));
    await finishQueued(300);
    expect(cache.done).toEqual([]);
    const finished = finishQueued(60_000);
    cache.away = false;
    await finished;
    expect([...cache.done].sort()).toEqual(names(100).sort());
    await queueIsEmpty();
  });

  it("runs once when work of the same name is queued again and again", async () => {
    const cache = resource();
    for (const name of names(1000)) await nowOrSoon(logger, "the same", cache.work(name));
    cache.away = false;
    await queueIsEmpty();
    expect(cache.done).toEqual(["999"]);
  });

  it("is done while work that needs another resource still fails", async () => {
    const [ill, well] = [resource(), resource()];
    const all = names(500, "well ");
    for (const name of names(500, "ill ")) await nowOrSoon(logger, name, ill.work(name));
    for (const name of all) await nowOrSoon(logger, name, well.work(name));
    well.away = false;
    await eventually(() => expect([...well.done].sort()).toEqual([...all].sort()), 120_000);
    ill.away = false;
    await queueIsEmpty();
    expect(ill.done).toHaveLength(500);
  });

  it("is left to the caller to retry when the queue is full", async () => {
    const cache = resource();
    const all = names(TOO_MANY);
    const last = all.pop()!;
    for (const name of all) await nowOrSoon(logger, name, cache.work(name));
    await expect(nowOrSoon(logger, last, cache.work(last))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await nowOrSoon(logger, all[0]!, cache.work("again"));
    cache.away = false;
    await queueIsEmpty();
    expect(cache.done).toHaveLength(all.length);
    await nowOrSoon(logger, last, cache.work(last));
    expect(cache.done).toContain(last);
  });
});
