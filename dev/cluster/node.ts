import { join } from "node:path";
import { temporaryFolder } from "../servers/guard.ts";
import { onFreePort } from "../servers/ports.ts";
import { launch } from "../servers/process.ts";
import type { Kind, PlannedNode } from "./plan.ts";

const SERVER = join(import.meta.dirname, "..", "..", "server.ts");
/**
 * MiB of JavaScript heap for each, where Node.js would take gigabytes before it cleans up: twenty fit on a laptop. A
 * node at work holds 40 to 60.
 */
const HEAP = 192;

/** A node of the cluster, in a process of its own. */
export interface ClusterNode {
  readonly name: string;
  readonly kind: Kind;
  readonly services: PlannedNode["services"];
  /** Where it answers; other nodes than gateways to `/health/live` and `/health/ready` alone. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Its settings. What is changed here counts from its next start. */
  readonly env: NodeJS.ProcessEnv;
  /** Sends a signal (default SIGKILL) and, when that ends a process, waits until it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it where it stands (SIGSTOP): it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  /** Lets a frozen one go on. */
  thaw(): Promise<void>;
  /** Ends it in order if it runs (SIGTERM), starts it on the same port, and waits until it says that it is ready. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** Settings on top of those of the plan. */
  readonly env: NodeJS.ProcessEnv;
  /** Is told when the node has ended although nobody here ended it. */
  readonly died: (node: ClusterNode, how: number | NodeJS.Signals) => void;
}

/**
 * Starts a node and waits until it says that it is ready.
 *
 * @throws ServerStartError
 */
export function startNode(plan: PlannedNode, { env: given, died }: NodeOptions): Promise<ClusterNode> {
  return onFreePort(async (port) => {
    const folder = await temporaryFolder(`starling-${plan.name}-`);
    const url = `http://127.0.0.1:${port}`;
    const own = { PORT: `${port}`, HOST: "127.0.0.1", DATA_DIR: join(folder.path, "data"), TMPDIR: folder.path };
    const env: NodeJS.ProcessEnv = { ...given, ...plan.env, ...own };
    /** Above 0 while it is ended by one of the methods below. */
    let ending = 1;
    const meant = async (work: () => Promise<void>) => {
      ending += 1;
      try {
        await work();
      } finally {
        ending -= 1;
      }
    };
    const server = await launch({
      program: process.execPath,
      args: [`--max-old-space-size=${HEAP}`, SERVER],
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
      kill: (signal = "SIGKILL") => meant(() => server.kill(signal)),
      freeze: () => server.kill("SIGSTOP"),
      thaw: () => server.kill("SIGCONT"),
      restart: () => meant(() => server.restart()),
      stop: () => meant(() => server.stop()),
    };
    return node;
  });
}
