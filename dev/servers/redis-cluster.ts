import { setTimeout as pause } from "node:timers/promises";
import { onFreePort } from "./ports.ts";
import { askRedis, launchRedis, type RedisServer } from "./redis.ts";
import { startAll, stopAll } from "./start-all.ts";

const SLOTS = 16_384;
/** Nodes of a cluster talk to each other on their port plus this. */
const BUS_PORT_OFFSET = 10_000;
const FORMING_LIMIT_MS = 30_000;

interface RedisCluster {
  /** A value for `REDIS_URL`: `redis+cluster://` and the address of each node. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

/**
 * Starts a Redis Cluster of masters without replicas, with the slots split evenly.
 *
 * @throws ServerMissingError, ServerStartError; Error when the cluster does not form
 */
export async function startRedisCluster({ masters = 3 }: { masters?: number } = {}): Promise<RedisCluster> {
  // Nodes notice the loss of another after this timeout. The default of 15 s is long for a test.
  const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--appendonly", "no"];
  const start = () => onFreePort((port) => launchRedis(port, settings), [BUS_PORT_OFFSET]);
  const nodes = await startAll(Array.from({ length: masters }, start));
  try {
    await form(nodes);
  } catch (error) {
    await stopAll(nodes);
    throw error;
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    nodes,
    stop: () => stopAll(nodes),
  };
}

async function form(nodes: readonly RedisServer[]): Promise<void> {
  const slotsOf = (index: number) => Math.floor((SLOTS * index) / nodes.length);
  for (const [index, { port }] of nodes.entries()) {
    await askRedis(port, async (redis) => {
      const first = slotsOf(index);
      await redis.cluster("ADDSLOTS", ...Array.from({ length: slotsOf(index + 1) - first }, (_, slot) => first + slot));
      // Distinct epochs avoid a conflict. They are set now, because Redis refuses once a node knows another.
      await redis.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    });
  }
  const [introducer, ...others] = nodes;
  if (!introducer) throw new Error("A Redis Cluster has at least one master.");
  await askRedis(introducer.port, async (redis) => {
    for (const { port } of others) await redis.cluster("MEET", "127.0.0.1", port);
  });
  const deadline = performance.now() + FORMING_LIMIT_MS;
  for (const { port } of nodes) {
    for (;;) {
      const info = String(await askRedis(port, (redis) => redis.cluster("INFO")));
      if (info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${nodes.length}`)) break;
      if (performance.now() > deadline) throw new Error(`The Redis Cluster did not form:\n${info}`);
      await pause(50);
    }
  }
}
