import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { guardProcess, type TemporaryFolder } from "./guard.ts";
import { PortTakenError } from "./ports.ts";

/** Time from start to first answer; a busy machine takes a few seconds. */
const START_LIMIT_MS = 30_000;
/** Time for a server to shut down before it is killed. */
const SHUTDOWN_LIMIT_MS = 10_000;
/** Signals that do not end a process. */
const NON_FATAL: readonly NodeJS.Signals[] = ["SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGUSR2"];

/** A server in its own process, on 127.0.0.1, whose data is removed when it is stopped. */
export interface RunningServer {
  readonly port: number;
  /** The id of the current process, or of the last one. */
  readonly pid: number;
  /** The folder of its data and log. */
  readonly folder: string;
  /** Sends a signal (default SIGKILL). After a fatal one, waits until the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Shuts it down if it runs, starts it on the same port with the same data, and waits until it answers. */
  restart(): Promise<void>;
  /** Kills it and removes its data. */
  stop(): Promise<void>;
}

/** The program to run, and the test for its readiness. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: TemporaryFolder;
  /** Its environment, read at each start; default: this process's own. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Called with the exit code or the signal whenever the process has ended, for whatever reason. */
  ended?(how: number | NodeJS.Signals): void;
  /** @returns whether the server answers and is the process with this id. A rejection counts as false */
  answers(pid: number): Promise<boolean>;
}

/** A server did not start; the message ends with the last lines of its log. */
export class ServerStartError extends Error {
  override name = "ServerStartError";
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws PortTakenError when its port was taken, ServerStartError when it ended or did not answer in time. After both,
 *   neither a process nor a folder is left
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
    if (!NON_FATAL.includes(signal)) await ended;
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
      // A kill is enough, because the data is removed anyway.
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
  // A frozen process handles the SIGTERM only after it continues.
  child.kill("SIGCONT");
  const killing = setTimeout(() => child.kill("SIGKILL"), SHUTDOWN_LIMIT_MS);
  await ended;
  clearTimeout(killing);
}

async function start(what: Launch): Promise<ChildProcess> {
  const { program, args, folder } = what;
  const log = join(folder.path, "log");
  const output = openSync(log, "a");
  const before = (await readFile(log)).length;
  // Detached, so that a Ctrl-C at the terminal reaches only the process that started it, which then shuts it down.
  const child = spawn(program, args, {
    cwd: folder.path,
    env: what.env,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  // At once, because this process may be killed at any moment. A program that can't be run has no id.
  if (child.pid !== undefined) child.once("exit", guardProcess(child.pid));
  await once(child, "spawn");
  child.once("exit", (code, signal) => what.ended?.((code ?? signal)!));

  const deadline = performance.now() + START_LIMIT_MS;
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
      ? `has not answered after ${START_LIMIT_MS / 1000} s`
      : `exited with ${child.exitCode ?? child.signalCode}`;
    throw new ServerStartError(`${program} ${how}. The end of its log:\n${said.slice(-4000)}`);
  }
  return child;
}
