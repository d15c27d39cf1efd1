import { fork } from "node:child_process";
import { join } from "node:path";
import { createAsk } from "./ask.ts";
import type { Heard, ListenersOrder } from "./listeners.ts";

/** Thousands of live connections in a process of their own, which count tweets and do nothing else. */
export type Listeners = ReturnType<typeof startListeners>;

export function startListeners() {
  const child = fork(join(import.meta.dirname, "listeners.ts"));
  const send = createAsk(child, "The program of the listeners");

  async function ask<T>(order: ListenersOrder): Promise<T> {
    const reply = await send<{ answer: T } | { error: string }>(order);
    if ("error" in reply) throw new Error(reply.error);
    return reply.answer;
  }

  return {
    /** Opens a connection for each token. @throws Error when the server refuses one */
    open: (order: { url: string; tokens: readonly string[]; perSecond: number }) => ask<null>({ do: "open", ...order }),
    /** Waits for so many tweets, counted over all connections. @returns how many came; fewer when the time was over */
    wait: async (events: number, limitMs: number) => (await ask<Heard>({ do: "wait", events, limitMs })).events,
    stop: () => child.kill(),
  };
}
