import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { guardProcess } from "./servers/guard.ts";
import { freePort } from "./servers/ports.ts";

const SERVER = join(import.meta.dirname, "..", "server.ts");

/** Settings of a server with embedded stores, whatever stores this process's environment names. */
export const EMBEDDED = { MONGO_URL: "", REDIS_URL: "", NATS_URL: "", MEDIA_URL: "", SERVICES: "", PUBLIC_URL: "" };

/** A Starling process, a child of this one. */
export interface StartedServer {
  /** Its address on this machine, for example `http://localhost:41234`, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  /** Its output so far, of both streams. */
  output: () => string;
  /** Sends the signal (default SIGTERM) and waits for the process to end. @returns the exit code, null after a signal */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** How a server is started. */
export interface StartOptions {
  /** The path of `server.ts`, for a copy of it. */
  server?: string;
  /** The most files and connections that the process may have open at a time. */
  descriptors?: number;
  /** Called with the process's id when it has started, long before it is ready. */
  spawned?: (pid: number) => void;
}

/**
 * Starts `server.ts` in a child process and waits until it reports that it is ready.
 *
 * @param env settings in addition to this process's environment; by default, the server takes a free port
 * @throws Error with the server's output, when it ends before it is ready
 */
export async function startServer(
  env: Record<string, string> = {},
  { server = SERVER, descriptors, spawned }: StartOptions = {},
): Promise<StartedServer> {
  // The server prints its public address, so with PUBLIC_URL the port must be known before.
  const publicUrl = env["PUBLIC_URL"] || null;
  const port = env["PORT"] ?? (publicUrl ? `${await freePort()}` : "0");
  const limit = descriptors === undefined ? "" : `ulimit -n ${descriptors} && `;
  // `exec` makes the child the server itself, not a shell that waits for it.
  const child = spawn("/bin/sh", ["-c", `${limit}exec "$0" "$1"`, process.execPath, server], {
    env: { ...process.env, ...env, PORT: port },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) spawned?.(child.pid);
  let output = "";
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const [, site, healthPort] = /^Starling is ready(?: at (\S+)$|; port (\d+) )/m.exec(output) ?? [];
      if (site ?? healthPort) resolve(site && !publicUrl ? site : `http://localhost:${healthPort ?? port}`);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`The server ended with code ${code} before it was ready:\n${output}`)),
    );
  });
  return {
    url,
    pid: child.pid!,
    output: () => output,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** As {@link startServer}. This server also ends with this process, however that ends. */
export async function startGuarded(
  env: Record<string, string>,
  options: Pick<StartOptions, "server"> = {},
): Promise<StartedServer> {
  let forget: () => void = () => undefined;
  const server = await startServer(env, { ...options, spawned: (pid) => (forget = guardProcess(pid)) });
  return {
    ...server,
    async stop(signal) {
      const code = await server.stop(signal);
      forget();
      return code;
    },
  };
}
