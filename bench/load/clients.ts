// Thousands of live clients in a process of their own, so that they take little time from the server.
import { type LiveClient, openLiveClient } from "./live-client.ts";
import type { Posted } from "./generator.ts";
import { now, quantile } from "./measures.ts";

/** Sent to the process. It answers each order with one message. */
export type ClientsOrder =
  /** Opens connections, at most so many a second, for these tokens in turn. Answered at once. */
  | {
      readonly do: "open";
      readonly url: string;
      readonly tokens: readonly string[];
      sockets: number;
      perSecond: number;
    }
  | { readonly do: "count" }
  | { readonly do: "arrivals"; readonly id: string }
  | { readonly do: "latencies"; readonly posted: readonly Posted[] }
  | { readonly do: "missed"; readonly ids: readonly string[] };

/** How the connections are. Times are in milliseconds by the machine's clock. */
export interface ClientsCount {
  /** Connections that are open and have synced. */
  readonly back: number;
  /** When the last one that came back did so. */
  readonly lastBackAt: number;
  /** Tries to connect so far that the server refused, with a time to come back after. */
  readonly refused: number;
  /** Those that found no server. */
  readonly unanswered: number;
}

/** To how many connections a tweet came, and when it came to the last of them. */
export interface Arrivals {
  readonly sockets: number;
  readonly lastAt: number;
}

/** How long tweets took to come to all connections that got them, in milliseconds from when each post was due. */
export interface EventLatencies {
  readonly events: number;
  readonly p50: number;
  readonly p99: number;
}

const clients: LiveClient[] = [];
/** When each tweet came to a connection. */
const arrivals = new Map<string, number[]>();
let lastBackAt = 0;

function open({ url, tokens, sockets, perSecond }: Extract<ClientsOrder, { do: "open" }>): void {
  const began = now();
  const timer = setInterval(() => {
    const due = Math.min(sockets, Math.ceil(((now() - began) / 1000) * perSecond));
    while (clients.length < due) {
      const token = tokens[clients.length % tokens.length]!;
      clients.push(openLiveClient(url, token, () => (lastBackAt = now()), arrive));
    }
    if (clients.length === sockets) clearInterval(timer);
  }, 20);
}

function arrive(id: string): void {
  const times = arrivals.get(id);
  if (times) times.push(now());
  else arrivals.set(id, [now()]);
}

function latenciesOf(posted: readonly Posted[]): EventLatencies {
  const all = posted.flatMap(({ id, dueAt }) => (arrivals.get(id) ?? []).map((at) => at - dueAt)).sort((a, b) => a - b);
  return { events: all.length, p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
}

function answer(order: ClientsOrder): unknown {
  switch (order.do) {
    case "open":
      open(order);
      return null;
    case "count":
      return {
        back: clients.filter(({ isBack }) => isBack).length,
        lastBackAt,
        refused: clients.reduce((sum, { refused }) => sum + refused, 0),
        unanswered: clients.reduce((sum, { unanswered }) => sum + unanswered, 0),
      } satisfies ClientsCount;
    case "arrivals":
      return {
        sockets: arrivals.get(order.id)?.length ?? 0,
        lastAt: arrivals.get(order.id)?.at(-1) ?? 0,
      } satisfies Arrivals;
    case "latencies":
      return latenciesOf(order.posted);
    case "missed":
      return clients.reduce((sum, { tweets }) => sum + order.ids.filter((id) => !tweets.has(id)).length, 0);
  }
}

process.on("message", (order: ClientsOrder) => process.send!({ answer: answer(order) }));
process.on("disconnect", () => process.exit());
