import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { every, type Repetition } from "../../lib/every.ts";

let started: Repetition[] = [];

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  await Promise.all(started.map((one) => one.stop()));
  started = [];
  jest.useRealTimers();
});

function start<T extends Repetition>(one: T): T {
  started.push(one);
  one.start();
  return one;
}

function throwIt(error: unknown): never {
  throw error;
}

describe("every", () => {
  it("runs the work again and again, the first time after the same wait", async () => {
    const work = jest.fn(() => Promise.resolve());
    start(every(1000, work, { onError: throwIt }));
    await jest.advanceTimersByTimeAsync(999);
    expect(work).toHaveBeenCalledTimes(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(2000);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it("accepts a different wait before the first run", async () => {
    const work = jest.fn(() => Promise.resolve());
    start(every(1000, work, { firstMs: 0, onError: throwIt }));
    await jest.advanceTimersByTimeAsync(0);
    expect(work).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(999);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it("waits after a run has ended, so that runs never overlap", async () => {
    let end = () => {};
    const work = jest.fn(() => new Promise<void>((resolve) => (end = resolve)));
    const repetition = start(every(1000, work, { onError: throwIt }));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(work).toHaveBeenCalledTimes(1);
    end();
    await jest.advanceTimersByTimeAsync(999);
    expect(work).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledTimes(2);
    end();
    await repetition.stop();
  });

  it("reports failures, thrown at once or later, and goes on", async () => {
    const onError = jest.fn();
    let runs = 0;
    const work = () => {
      runs += 1;
      if (runs === 1) throw new Error("at once");
      return runs === 2 ? Promise.reject(new Error("later")) : Promise.resolve();
    };
    start(every(1000, work, { onError }));
    await jest.advanceTimersByTimeAsync(3000);
    expect(onError.mock.calls).toEqual([[new Error("at once")], [new Error("later")]]);
    expect(runs).toBe(3);
  });

  it("stops when the running work has ended", async () => {
    let end = () => {};
    const work = jest.fn(() => new Promise<void>((resolve) => (end = resolve)));
    const repetition = start(every(1000, work, { onError: throwIt }));
    await jest.advanceTimersByTimeAsync(1000);
    let stopped = false;
    const stopping = repetition.stop().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(1000);
    expect(stopped).toBe(false);
    end();
    await stopping;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it("starts neither after a stop nor a second time", async () => {
    const work = jest.fn(() => Promise.resolve());
    const stopped = every(1000, work, { onError: throwIt });
    await stopped.stop();
    stopped.start();
    await jest.advanceTimersByTimeAsync(5000);
    expect(work).toHaveBeenCalledTimes(0);

    const twice = start(every(1000, work, { onError: throwIt }));
    twice.start();
    await jest.advanceTimersByTimeAsync(1000);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
