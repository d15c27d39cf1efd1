import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { temporaryFolder } from "../../servers/guard.ts";
import { launch } from "../../servers/process.ts";
import type { ClusterNode } from "../node.ts";

const PROXY = join(import.meta.dirname, "proxy.ts");
const HAPROXY_CONFIG = join(import.meta.dirname, "../../../deploy/haproxy.cfg");
/** Beside the PATH, since it is a system's program: ordinary users may not have its folder there. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

export type BalancerKind = "haproxy" | "node";

/** What stands before the gateways, in a process of its own. */
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
 * @param kind default: HAProxy where it is installed, else the one of this folder
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
      "HAProxy is not installed, or the gateways are not the two that deploy/haproxy.cfg is written for.",
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
    // In the foreground, without a master process that would outlive its end.
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
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS]) {
    const path = join(folder, "haproxy");
    const isProgram = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return path;
  }
  return null;
}
