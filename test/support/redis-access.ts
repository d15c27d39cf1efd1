import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Login } from "../../dev/servers/access.ts";
import type { Certificates } from "../../dev/servers/certificates.ts";
import { findServer } from "../../dev/servers/find.ts";
import { temporaryFolder } from "../../dev/servers/guard.ts";
import { startRedis, startRedisCluster } from "../../dev/servers/index.ts";
import { onFreePort } from "../../dev/servers/ports.ts";
import { launch } from "../../dev/servers/process.ts";
import { askRedis, RULES } from "../../dev/servers/redis.ts";
import { startTlsFront } from "./tls-front.ts";

/** A Redis with a user, behind TLS. */
export interface GuardedRedis {
  /** The hosts and ports of its `REDIS_URL`. */
  readonly hosts: string;
  /** The number of connections with TLS to the servers with the data. */
  secured(): number;
  stop(): Promise<void>;
}

export async function startGuardedRedis(
  login: Login,
  certificates: Certificates,
  options: { demandsCertificate?: boolean } = {},
): Promise<GuardedRedis> {
  const redis = await startRedis({ login });
  const front = await startTlsFront(redis.port, certificates, options);
  return {
    hosts: `127.0.0.1:${front.port}`,
    secured: () => front.secured,
    async stop() {
      await front.stop();
      await redis.stop();
    },
  };
}

/** The same for a Redis Cluster, whose nodes announce the ports with TLS. */
export async function startGuardedCluster(login: Login, certificates: Certificates): Promise<GuardedRedis> {
  const cluster = await startRedisCluster();
  const fronts = await Promise.all(cluster.nodes.map(({ port }) => startTlsFront(port, certificates)));
  for (const [index, { port }] of cluster.nodes.entries()) {
    await askRedis(port, async (redis) => {
      await redis.config("SET", "cluster-announce-port", `${fronts[index]!.port}`);
      await redis.call("ACL", "SETUSER", login.user, "on", `>${login.password}`, ...RULES);
      await redis.call("ACL", "SETUSER", "default", "off");
    });
  }
  return {
    hosts: fronts.map(({ port }) => `127.0.0.1:${port}`).join(","),
    secured: () => fronts.reduce((sum, { secured }) => sum + secured, 0),
    async stop() {
      await Promise.all(fronts.map((front) => front.stop()));
      await cluster.stop();
    },
  };
}

/** The same for a Sentinel with a password of its own. The master is named `starling`. */
export async function startGuardedSentinel(
  login: Login,
  sentinelPassword: string,
  certificates: Certificates,
): Promise<GuardedRedis> {
  const redis = await startRedis({ login });
  const front = await startTlsFront(redis.port, certificates, { takesPlain: true });
  const program = await findServer("redis-server");
  const sentinel = await onFreePort(async (port) => {
    const folder = await temporaryFolder("starling-sentinel-");
    await mkdir(join(folder.path, "data"));
    const file = join(folder.path, "sentinel.conf");
    await writeFile(
      file,
      [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${join(folder.path, "data")}`,
        `requirepass ${sentinelPassword}`,
        `sentinel monitor starling 127.0.0.1 ${front.port} 1`,
        `sentinel auth-user starling ${login.user}`,
        `sentinel auth-pass starling ${login.password}`,
      ].join("\n"),
    );
    const own = { user: "default", password: sentinelPassword };
    const answers = async (pid: number) =>
      (await askRedis(port, (asked) => asked.info("server"), own)).includes(`process_id:${pid}\r`);
    return launch({ program, args: [file, "--sentinel"], port, folder, answers });
  });
  const sentinelFront = await startTlsFront(sentinel.port, certificates);
  return {
    hosts: `127.0.0.1:${sentinelFront.port}`,
    secured: () => front.secured,
    async stop() {
      await sentinelFront.stop();
      await sentinel.stop();
      await front.stop();
      await redis.stop();
    },
  };
}
