import { fork } from "node:child_process";
import { join } from "node:path";
import { createAsk } from "./ask.ts";
import type { Arrivals, ClientsCount, ClientsOrder, EventLatencies } from "./clients.ts";
import type { Posted } from "./generator.ts";

/** Thousands of live clients in a process of their own. */
export type Crowd = ReturnType<typeof startCrowd>;

export function startCrowd() {
  const child = fork(join(import.meta.dirname, "clients.ts"));
  const send = createAsk(child, "The program of the live clients");
  const ask = async <T>(order: ClientsOrder) => (await send<{ answer: T }>(order)).answer;

  return {
    /** Opens connections for these tokens in turn, so many a second. Does not wait for them. */
    open: (order: { url: string; tokens: readonly string[]; sockets: number; perSecond: number }) =>
      ask<null>({ do: "open", ...order }),
    count: () => ask<ClientsCount>({ do: "count" }),
    arrivalsOf: (id: string) => ask<Arrivals>({ do: "arrivals", id }),
    latenciesOf: (posted: readonly Posted[]) => ask<EventLatencies>({ do: "latencies", posted }),
    /** How many times one of these tweets did not come to one of the connections. */
    missed: (ids: readonly string[]) => ask<number>({ do: "missed", ids }),
    stop: () => child.kill(),
  };
}
