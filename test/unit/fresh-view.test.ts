import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createFreshView, type FreshViewOptions } from "../../lib/fresh-view.ts";

const TIMES = { everyMs: 1000, trustedForMs: 4000 };
let stop = () => Promise.resolve();

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  await stop();
  jest.useRealTimers();
});

function start<T>(ask: () => Promise<T | null>, onError: FreshViewOptions["onError"] = throwIt) {
  const view = createFreshView(ask, { ...TIMES, onError });
  stop = () => view.stop();
  view.start();
  return view;
}

function throwIt(error: unknown): never {
  throw error;
}

describe("createFreshView", () => {
  it("gives the last answer, and null before there is one", async () => {
    let count = 0;
    const view = start(() => Promise.resolve(++count));
    expect(view.snapshot()).toBeNull();
    await jest.advanceTimersByTimeAsync(0);
    expect(view.snapshot()).toBe(1);
    await jest.advanceTimersByTimeAsync(1000);
    expect(view.snapshot()).toBe(2);
  });

  it("trusts an answer for a limited time, counted from its question", async () => {
    const onError = jest.fn();
    let answer = (_: string) => {};
    let fail = false;
    const ask = () => (fail ? Promise.reject(new Error("down")) : new Promise<string>((resolve) => (answer = resolve)));
    const view = start(ask, onError);
    await jest.advanceTimersByTimeAsync(3000);
    answer("late");
    fail = true;
    await jest.advanceTimersByTimeAsync(999);
    expect(view.snapshot()).toBe("late");
    await jest.advanceTimersByTimeAsync(1);
    expect(view.snapshot()).toBeNull();
    expect(onError).toHaveBeenCalledWith(new Error("down"));
  });

  it("trusts nothing while the source can't give a whole answer", async () => {
    const answers = ["whole", null, "whole again"];
    const view = start(() => Promise.resolve(answers.shift() ?? null));
    await jest.advanceTimersByTimeAsync(0);
    expect(view.snapshot()).toBe("whole");
    await jest.advanceTimersByTimeAsync(1000);
    expect(view.snapshot()).toBeNull();
    await jest.advanceTimersByTimeAsync(1000);
    expect(view.snapshot()).toBe("whole again");
  });
});
