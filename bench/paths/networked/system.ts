import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createClient } from "../../../dev/replay/http.ts";
import { temporaryFolder } from "../../../dev/servers/guard.ts";
import { type MongoSet, type RedisServer, startMongo, startNats, startRedis } from "../../../dev/servers/index.ts";
import { startGuarded } from "../../../dev/start.ts";
import { RATE_LIMIT_SCALE, type Stage } from "../path.ts";
import type { System } from "../system.ts";

const OTHERS = "users,graph,tweets,notifier,media,api,live";

/** The product on servers of its own. */
export interface Networked extends System {
  readonly mongo: MongoSet;
  readonly redis: RedisServer;
}

/**
 * Starts three mongod, Redis, NATS, and one node with all services, or all but `timeline`, which then runs on another one.
 * All of them end with the stage.
 */
export async function startNetworked(
  { onEnd, say }: Stage,
  { isTimelineElsewhere = false, env = {} }: { isTimelineElsewhere?: boolean; env?: Record<string, string> } = {},
): Promise<Networked> {
  say("starting the servers");
  const mongo = await startMongo({ members: 3 });
  onEnd(() => mongo.stop());
  const redis = await startRedis({ appendonly: true });
  onEnd(() => redis.stop());
  const nats = await startNats();
  onEnd(() => nats.stop());
  const CLUSTER_SECRET = randomBytes(16).toString("hex");
  const settings = { MONGO_URL: mongo.url, REDIS_URL: redis.url, NATS_URL: nats.url, CLUSTER_SECRET, RATE_LIMIT_SCALE };

  async function startNode(SERVICES: string) {
    const folder = await temporaryFolder("starling-bench-");
    onEnd(() => folder.remove());
    const own = { SERVICES, PORT: "0", DATA_DIR: join(folder.path, "data") };
    const server = await startGuarded({ ...settings, ...env, ...own });
    onEnd(() => server.stop());
    return server;
  }

  const far = isTimelineElsewhere ? await startNode("timeline") : null;
  const near = await startNode(far ? OTHERS : "");
  const client = createClient(near.url, () => undefined);
  onEnd(() => client.close());
  const processes = {
    gateway: [near.pid],
    ...(far && { timeline: [far.pid] }),
    mongod: mongo.members.map(({ pid }) => pid),
    redis: [redis.pid],
    nats: [nats.pid],
  };
  return { url: near.url, client, processes, mongo, redis };
}
