import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LoadOrder, LoadReport } from "./generator.ts";

/** Makes load from a process of its own, so that measuring takes no time from what is measured. */
export interface Load {
  run(rate: number, seconds: number): Promise<LoadReport>;
  stop(): void;
}

export function startLoad(fixed: Omit<LoadOrder, "rate" | "seconds">): Load {
  const child: ChildProcess = fork(join(import.meta.dirname, "generator.ts"));
  return {
    async run(rate, seconds) {
      child.send({ ...fixed, rate, seconds } satisfies LoadOrder);
      const [report] = (await once(child, "message")) as [LoadReport];
      return report;
    },
    stop: () => child.kill(),
  };
}
