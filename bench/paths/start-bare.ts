import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createAsk } from "../load/ask.ts";
import type { Stage } from "./path.ts";

/** A bare engine in a process of its own. */
export interface Bare {
  readonly url: string;
  readonly pid: number;
  /** Sends an order and waits for the answer. One order at a time. */
  ask<T>(order: object): Promise<T>;
  /** Ends it before the stage ends. */
  stop(): Promise<void>;
}

/**
 * Starts a program of `bare/` and gives it its data. It answers with its port, 0 if it listens on none, and ends with the
 * stage.
 *
 * @param file the program's name, without `.ts`
 * @param env added to this process's environment
 * @throws Error if it ends before it is ready
 */
export async function startBare(
  file: string,
  data: object,
  { onEnd }: Stage,
  env: Record<string, string> = {},
): Promise<Bare> {
  const child: ChildProcess = fork(join(import.meta.dirname, "bare", `${file}.ts`), {
    env: { ...process.env, ...env },
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  onEnd(stop);
  const ask = createAsk(child, `The bare engine ${file}`);
  const { port } = await ask<{ port: number }>(data);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, ask, stop };
}
