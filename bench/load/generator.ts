// The load generator, a process of its own: requests are due at a fixed rate, whether or not the server answers (an open
// loop), and latency counts from when a request was due, so that a slow server can't hide its slowness by delaying the
// next request (coordinated omission). For the rate that a server can bear, it makes a closed loop instead.
import { Line } from "./answers.ts";
import { type ClosedOrder, runClosed } from "./closed.ts";
import { Collector, type Measures, now } from "./measures.ts";

/** Sent to the generator. */
export interface LoadOrder {
  readonly url: string;
  /** Whole requests, as text. They are sent in turn. */
  readonly requests: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** The most connections; a request that finds none free waits for one. */
  readonly connections: number;
  /** Whether a request that finds no connection free is not sent at all, as in an overload that clients can't make worse. */
  readonly mayHold?: boolean;
  /** Whether to collect the ids that the answers hold. */
  readonly collectIds?: boolean;
}

/** An acknowledged post. */
export interface Posted {
  readonly id: string;
  /** When it was due, in milliseconds by the machine's clock. */
  readonly dueAt: number;
}

/** Sent back when all requests have their answers. */
export interface LoadReport {
  readonly whole: Measures;
  /** The requests that were due in each second. */
  readonly perSecond: readonly Measures[];
  /** With `collectIds`. */
  readonly posted: readonly Posted[];
}

/** A request without an answer counts as failed after this time. */
const ANSWER_LIMIT_MS = 10_000;

let turn = 0;

async function run({ url, requests, rate, seconds, connections, mayHold, collectIds }: LoadOrder): Promise<LoadReport> {
  const prepared = requests.map((text) => Buffer.from(text));
  const whole = new Collector();
  const perSecond = Array.from({ length: Math.ceil(seconds) }, () => new Collector());
  const free = Array.from({ length: connections }, () => new Line(url));
  const lines = [...free];
  const due: number[] = [];
  const total = Math.floor(rate * seconds);
  const posted: Posted[] = [];
  const began = performance.now();
  const machineClock = now() - began;
  let made = 0;
  let open = 0;

  function secondOf(dueAt: number): Collector {
    return perSecond[Math.min(perSecond.length - 1, Math.floor((dueAt - began) / 1000))]!;
  }

  function send(line: Line, dueAt: number): void {
    open++;
    line.send(prepared[turn++ % prepared.length]!, (status, body) => {
      open--;
      if (collectIds && status === 201) {
        const { id } = JSON.parse(body.toString()) as { id: string };
        posted.push({ id, dueAt: dueAt + machineClock });
      }
      const latencyMs = performance.now() - dueAt;
      whole.add(status, latencyMs);
      secondOf(dueAt).add(status, latencyMs);
      const next = due.shift();
      if (next === undefined) free.push(line);
      else send(line, next);
    });
  }

  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - began;
      // The first request is due at once.
      for (const last = Math.min(total, Math.floor((elapsed / 1000) * rate) + 1); made < last; made++) {
        const dueAt = began + (made / rate) * 1000;
        const line = free.pop();
        const isHeld = !line && mayHold === true;
        for (const collector of [whole, secondOf(dueAt)]) collector[isHeld ? "held" : "sent"]++;
        if (line) send(line, dueAt);
        else if (!isHeld) due.push(dueAt);
      }
      const isOver = made === total && open === 0 && due.length === 0;
      if (!isOver && elapsed < seconds * 1000 + ANSWER_LIMIT_MS) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  for (const line of lines) line.close();
  return { whole: whole.measures(seconds), perSecond: perSecond.map((each) => each.measures(1)), posted };
}

process.on("message", (order: LoadOrder | ClosedOrder) => {
  const report = "rate" in order ? run(order) : runClosed(order);
  void report.then((sent) => process.send!(sent));
});
process.on("disconnect", () => process.exit());
