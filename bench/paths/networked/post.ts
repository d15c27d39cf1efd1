import { createClient } from "../../../dev/replay/http.ts";
import { SERVER_NAMES, type MongoSet } from "../../../dev/servers/index.ts";
import { startCluster } from "../../../dev/cluster/cluster.ts";
import { KINDS } from "../../../dev/cluster/plan.ts";
import type { InsertsDone, InsertsOrder } from "../bare/mongo.ts";
import { createMeter } from "../cpu.ts";
import { httpRows, sampleOf } from "../http-side.ts";
import { type OpenPath, type Path, RATE_LIMIT_SCALE, type Stage } from "../path.ts";
import { AT_ONCE, openPosts } from "../posts.ts";
import { startBare } from "../start-bare.ts";
import type { System } from "../system.ts";
import { startNetworked } from "./system.ts";

const BESIDE = "bare inserts of the same document into the same replica set, acknowledged by a majority";

/** A post may take a second, and its consequences several. */
const SECONDS = 6;

export const networkedPost: Path = {
  about: "POST /tweet on MongoDB, Redis and NATS, all services in one node, 64 at a time, authors with 20 followers",
  beside: BESIDE,
  needs: SERVER_NAMES,
  rows: httpRows(0.6),
  seconds: SECONDS,
  async open(stage) {
    const system = await startNetworked(stage);
    return besideInserts(stage, system, system.mongo);
  },
};

const [rateRow, cpuRow] = httpRows(0.35);

export const clusterPost: Path = {
  about: "POST /tweet at one gateway of a cluster of 14 nodes, 64 at a time, authors with 20 followers",
  beside: BESIDE,
  needs: SERVER_NAMES,
  rows: [rateRow!, { ...cpuRow!, by: "ours", goal: { atMost: 6000 } }],
  seconds: SECONDS,
  async open(stage) {
    const cluster = await startCluster({ balancer: "node", env: { RATE_LIMIT_SCALE }, say: stage.say });
    stage.onEnd(() => cluster.stop());
    const { mongo, redis, nats } = cluster;
    const [gateway, ...others] = cluster.gateways;
    const { url } = gateway!;
    const client = createClient(url, () => undefined);
    stage.onEnd(() => client.close());
    const nodes = KINDS.filter((kind) => kind !== "api").map(
      (kind) => [kind, cluster.nodesOf(kind).map(({ pid }) => pid)] as const,
    );
    const processes = {
      gateway: [gateway!.pid],
      "other gateway": others.map(({ pid }) => pid),
      ...Object.fromEntries(nodes),
      mongod: mongo.members.map(({ pid }) => pid),
      redis: [redis.pid],
      nats: [nats.pid],
    };
    return besideInserts(stage, { url, client, processes }, mongo);
  },
};

async function besideInserts(stage: Stage, system: System, mongo: MongoSet): Promise<OpenPath> {
  const posts = await openPosts(stage, system);
  const bare = await startBare("mongo", { mongoUrl: mongo.url }, stage);
  const processes = { inserter: [bare.pid], mongod: mongo.members.map(({ pid }) => pid) };
  const meter = await createMeter(processes, stage.effort.seconds);
  return {
    ...posts,
    async bare(seconds) {
      const order: InsertsOrder = { atOnce: AT_ONCE, seconds };
      const { result, micros } = await meter.measure(() => bare.ask<InsertsDone>(order));
      return sampleOf(result.inserted, result.seconds, micros);
    },
  };
}
