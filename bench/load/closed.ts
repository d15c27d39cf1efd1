// The closed loop: a fixed number of connections, each of which sends its next request when it has the answer. It tells
// how many requests a server can answer, and nothing about latency.
import { Line, type Outcome } from "./answers.ts";

/** Sent to the generator. */
export interface ClosedOrder {
  readonly url: string;
  /** Whole requests, as text. They are sent in turn. */
  readonly requests: readonly string[];
  readonly seconds: number;
  readonly connections: number;
  /** Whether to collect the ids that the answers hold. */
  readonly collectIds: boolean;
}

/** Sent back when all requests have their answers. */
export interface ClosedReport {
  /** Answers below 400. */
  readonly answered: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** The number of other answers by their status; 0 stands for a lost connection. */
  readonly failed: Readonly<Record<number, number>>;
  /** The least and most bytes of a body. */
  readonly leastBytes: number;
  readonly mostBytes: number;
  /** The acknowledged ids, for each request in the order of `requests`. */
  readonly ids: readonly (readonly string[])[];
}

let turn = 0;

export async function runClosed(order: ClosedOrder): Promise<ClosedReport> {
  const { url, requests, seconds, connections, collectIds } = order;
  const prepared = requests.map((text) => Buffer.from(text));
  const failed: Record<number, number> = {};
  const ids: string[][] = requests.map(() => []);
  let answered = 0;
  let leastBytes = Infinity;
  let mostBytes = 0;

  function take(which: number, status: Outcome, body: Buffer): void {
    if (status === null || status >= 400) {
      failed[status ?? 0] = (failed[status ?? 0] ?? 0) + 1;
      return;
    }
    answered++;
    leastBytes = Math.min(leastBytes, body.length);
    mostBytes = Math.max(mostBytes, body.length);
    if (collectIds) ids[which]!.push((JSON.parse(body.toString()) as { id: string }).id);
  }

  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const line = new Line(url);
      await new Promise<void>((resolve) => {
        const next = () => {
          if (performance.now() >= end) return resolve();
          const which = turn++ % prepared.length;
          line.send(prepared[which]!, (status, body) => {
            take(which, status, body);
            next();
          });
        };
        next();
      });
      line.close();
    }),
  );
  const took = (performance.now() - began) / 1000;
  return { answered, seconds: took, failed, leastBytes, mostBytes, ids };
}
