import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { guardProcess, type TemporaryFolder } from "./guard.ts";
import { PortTakenError } from "./ports.ts";

/** From start to answer; a busy machine takes a few seconds. */
const START_MS = 30_000;
/** How long a server may take to end itself before it is killed. */
const END_MS = 10_000;
/** Signals after which a process goes on. */
const HARMLESS: readonly NodeJS.Signals[] = ["SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/** A server that runs in a process of its own, on 127.0.0.1, with data that goes when it is stopped. */
export interface RunningServer {
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Where its data and its log are. */
  readonly folder: string;
  /** Sends a signal (default SIGKILL) and, when that ends a process, waits until it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it if it runs, starts it again on the same port with the same data, and waits until it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** What to run, and how to know that it is ready. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: TemporaryFolder;
  /** Its variables, read at each start; this process's own when not given. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Is told whenever the process has ended, for whatever reason, with its exit code or the signal. */
  ended?(how: number | NodeJS.Signals): void;
  /** @returns true when the server answers and is the process with this id; throws or returns false while not */
  answers(pid: number): Promise<boolean>;
}

/** A server did not come up; the message ends with the last lines of its log. */
export class ServerStartError extends Error {
  override name = "ServerStartError";
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws PortTakenError when its port was taken, ServerStartError when it ended or did not answer in time; its process
 *   and folder are gone then
 */
export async function launch(what: Launch): Promise<RunningServer> {
  let child = await start(what).catch(async (error: unknown) => {
    await what.folder.remove();
    throw error;
  });
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    if (hasEnded(child)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    if (!HARMLESS.includes(signal)) await ended;
  };
  return {
    port: what.port,
    folder: what.folder.path,
    get pid() {
      return child.pid!;
    },
    kill,
    async restart() {
      await end(child);
      child = await start(what);
    },
    async stop() {
      // Nobody wants the data any more, so there is nothing to save.
      await kill();
      await what.folder.remove();
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  // One that was stopped sees the SIGTERM only when it goes on.
  child.kill("SIGCONT");
  const killing = setTimeout(() => child.kill("SIGKILL"), END_MS);
  await ended;
  clearTimeout(killing);
}

async function start(what: Launch): Promise<ChildProcess> {
  const { program, args, folder } = what;
  const log = join(folder.path, "log");
  const output = openSync(log, "a");
  const before = (await readFile(log)).length;
  // Detached: a Ctrl-C at the terminal is for the process that started it, which ends it in order.
  const child = spawn(program, args, {
    cwd: folder.path,
    env: what.env,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  await once(child, "spawn");
  child.once("exit", guardProcess(child.pid!));
  child.once("exit", (code, signal) => what.ended?.((code ?? signal)!));

  const deadline = performance.now() + START_MS;
  while (!(await what.answers(child.pid!).catch(() => false))) {
    const late = performance.now() > deadline;
    if (!late && !hasEnded(child)) {
      await pause(25);
      continue;
    }
    await end(child);
    const said = (await readFile(log)).subarray(before).toString();
    if (!late && /address already in use|is in use by another program/i.test(said))
      throw new PortTakenError(`The port of ${program} was taken.`);
    const how = late
      ? `does not answer after ${START_MS / 1000} s`
      : `ended with ${child.exitCode ?? child.signalCode}`;
    throw new ServerStartError(`${program} ${how}. The end of its log:\n${said.slice(-4000)}`);
  }
  return child;
}
