import { delimiter, join } from "node:path";
import { programsOnPath } from "../../programs.ts";
import { temporaryFolder } from "../../servers/guard.ts";
import { launch } from "../../servers/process.ts";
import type { ClusterNode } from "../node.ts";

const PROXY = join(import.meta.dirname, "proxy.ts");
const HAPROXY_CONFIG = join(import.meta.dirname, "../../../deploy/haproxy.cfg");
/** Folders of system programs such as HAProxy, which may be missing from an ordinary user's PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

export type BalancerKind = "haproxy" | "node";

/** The load balancer in front of the gateways, in its own process. */
export interface Balancer {
  readonly kind: BalancerKind;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  stop(): Promise<void>;
}

/**
 * Starts a balancer and waits until a gateway answers through it.
 *
 * @param kind default: HAProxy where it is installed, else `proxy.ts`
 * @throws PortTakenError, ServerStartError
 */
export async function startBalancer({
  port,
  gateways,
  kind,
}: {
  port: number;
  gateways: readonly Pick<ClusterNode, "name" | "port">[];
  kind?: BalancerKind | undefined;
}): Promise<Balancer> {
  const haproxy = kind === "node" || gateways.length !== 2 ? null : await findHaproxy();
  if (kind === "haproxy" && !haproxy) {
    throw new Error(
      "HAProxy is not installed, or there are not exactly two gateways, as in deploy/haproxy.cfg. Install it, or use node.",
    );
  }
  const folder = await temporaryFolder("starling-balancer-");
  const server = await launch({
    ...(haproxy ? haproxyWith(haproxy, port, gateways) : proxyWith(port, gateways)),
    port,
    folder,
    answers: async () =>
      (await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok,
  });
  return {
    kind: haproxy ? "haproxy" : "node",
    url: `http://localhost:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    logFile: join(folder.path, "log"),
    stop: () => server.stop(),
  };
}

type Gateways = readonly Pick<ClusterNode, "name" | "port">[];

function haproxyWith(program: string, port: number, gateways: Gateways) {
  const addresses = gateways.map((gateway, index) => [`GATEWAY_${index + 1}`, `127.0.0.1:${gateway.port}`]);
  return {
    program,
    // In the foreground, without a master process, so that it ends with its signal.
    args: ["-db", "-f", HAPROXY_CONFIG],
    env: { ...process.env, BIND: `:::${port} v4v6`, ...(Object.fromEntries(addresses) as Record<string, string>) },
  };
}

function proxyWith(port: number, gateways: Gateways) {
  return {
    program: process.execPath,
    args: [PROXY, `${port}`, ...gateways.map((gateway) => `${gateway.name}=${gateway.port}`)],
  };
}

/** @returns the path of HAProxy, null where it is not installed */
export async function findHaproxy(): Promise<string | null> {
  const [path] = await programsOnPath(["haproxy"], [process.env["PATH"] ?? "", ...SYSTEM_FOLDERS].join(delimiter));
  return path ?? null;
}
