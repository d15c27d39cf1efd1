import { join } from "node:path";
import { temporaryFolder } from "../servers/guard.ts";
import { onFreePort } from "../servers/ports.ts";
import { launch } from "../servers/process.ts";
import type { Kind, PlannedNode } from "./plan.ts";

const SERVER = join(import.meta.dirname, "..", "..", "server.ts");
/**
 * JavaScript heap of each node, so that twenty fit on a laptop: without a limit, Node.js takes gigabytes before it collects
 * garbage. A busy node needs 40 to 60 MiB.
 */
const HEAP_MIB = 192;

/** A node of the cluster, in its own process. */
export interface ClusterNode {
  readonly name: string;
  readonly kind: Kind;
  readonly services: PlannedNode["services"];
  /** Its address. A node that is not a gateway answers only `/health/live` and `/health/ready`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Its settings. Changes take effect at its next start. */
  readonly env: NodeJS.ProcessEnv;
  /** Sends a signal (default SIGKILL). After a fatal one, waits until the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Suspends it (SIGSTOP): it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  /** Resumes it after a freeze (SIGCONT). */
  thaw(): Promise<void>;
  /** Shuts it down if it runs (SIGTERM), starts it on the same port, and waits until it is ready. */
  restart(): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** Additional settings. The plan's settings take precedence. */
  readonly env: NodeJS.ProcessEnv;
  /** Called when the node has died by itself, with the exit code or signal. */
  readonly died: (node: ClusterNode, how: number | NodeJS.Signals) => void;
}

/**
 * Starts a node and waits until it is ready.
 *
 * @throws ServerStartError
 */
export function startNode(plan: PlannedNode, { env: given, died }: NodeOptions): Promise<ClusterNode> {
  return onFreePort(async (port) => {
    const folder = await temporaryFolder(`starling-${plan.name}-`);
    const url = `http://127.0.0.1:${port}`;
    const own = { PORT: `${port}`, HOST: "127.0.0.1", DATA_DIR: join(folder.path, "data"), TMPDIR: folder.path };
    const env: NodeJS.ProcessEnv = { ...given, ...plan.env, ...own };
    /** The number of calls in progress that may end the process on purpose; the start counts as one. */
    let ending = 1;
    const onPurpose = async (work: () => Promise<void>) => {
      ending += 1;
      try {
        await work();
      } finally {
        ending -= 1;
      }
    };
    const server = await launch({
      program: process.execPath,
      args: [`--max-old-space-size=${HEAP_MIB}`, SERVER],
      port,
      folder,
      env,
      ended: (how) => {
        if (ending === 0) died(node, how);
      },
      answers: async () => (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok,
    });
    ending = 0;
    const node: ClusterNode = {
      name: plan.name,
      kind: plan.kind,
      services: plan.services,
      url,
      port,
      get pid() {
        return server.pid;
      },
      logFile: join(folder.path, "log"),
      env,
      kill: (signal = "SIGKILL") => onPurpose(() => server.kill(signal)),
      freeze: () => server.kill("SIGSTOP"),
      thaw: () => server.kill("SIGCONT"),
      restart: () => onPurpose(() => server.restart()),
      stop: () => onPurpose(() => server.stop()),
    };
    return node;
  });
}
