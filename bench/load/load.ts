import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { createAsk } from "./ask.ts";
import type { ClosedOrder, ClosedReport } from "./closed.ts";
import type { LoadOrder, LoadReport } from "./generator.ts";

/** Makes load from a process of its own, so that measuring takes no time from what is measured. */
export interface Load {
  run(rate: number, seconds: number): Promise<LoadReport>;
  stop(): void;
}

export function startLoad(fixed: Omit<LoadOrder, "rate" | "seconds">): Load {
  const generator = startGenerator();
  return { run: (rate, seconds) => generator.open({ ...fixed, rate, seconds }), stop: () => generator.stop() };
}

/** A process that makes the loads that it is told, one after the other. */
export interface Generator {
  /** Requests at a fixed rate, for latency. */
  open(order: LoadOrder): Promise<LoadReport>;
  /** Requests as fast as they are answered, for the rate. */
  closed(order: ClosedOrder): Promise<ClosedReport>;
  stop(): void;
}

export function startGenerator(): Generator {
  const child: ChildProcess = fork(join(import.meta.dirname, "generator.ts"));
  const ask = createAsk(child, "The generator of the load");
  return { open: ask<LoadReport>, closed: ask<ClosedReport>, stop: () => child.kill() };
}
