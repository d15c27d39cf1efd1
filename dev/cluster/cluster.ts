import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import {
  type MongoSet,
  type NatsServer,
  type RedisServer,
  startMongo,
  startNats,
  startRedis,
} from "../servers/index.ts";
import { freePort } from "../servers/ports.ts";
import { startAll, stopAll } from "../servers/several.ts";
import { ensureWebBuilt } from "../../web/build.ts";
import { type Balancer, type BalancerKind, startBalancer } from "./balancer/balancer.ts";
import { type ClusterNode, startNode } from "./node.ts";
import { type Kind, type NodeCounts, planNodes } from "./plan.ts";

/** Node.js processes that start at once: each takes a core for a second, and has some seconds for it. */
const STARTING_AT_ONCE = 4;
/** Seconds for which an ending gateway still answers: the balancers look more often than that. */
const DRAIN_DELAY = 1;
/** How long a gateway that is ready again takes to get requests, in milliseconds: a few looks of the balancer. */
const NOTICED_MS = 1000;

export interface ClusterOptions {
  /** How many nodes of each kind; two where nothing is said. */
  readonly nodes?: NodeCounts;
  /** The balancer's port; a free one when not given. */
  readonly port?: number;
  /** Default: HAProxy where it is installed, else one in Node.js. */
  readonly balancer?: BalancerKind | undefined;
  /** Settings of every node, on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Is told what is being started. */
  readonly say?: (line: string) => void;
  /** Is told of a node that ended although nobody here ended it, with its exit code or the signal. */
  readonly died?: (node: ClusterNode, how: number | NodeJS.Signals) => void;
}

/** A whole Starling of many processes on this machine. */
export interface Cluster {
  /** Where clients go: the balancer. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** Those of the nodes that answer to clients. */
  readonly gateways: readonly ClusterNode[];
  readonly balancer: Balancer;
  readonly mongo: MongoSet;
  readonly redis: RedisServer;
  readonly nats: NatsServer;
  /** @throws Error when there is none of that name */
  node(name: string): ClusterNode;
  nodesOf(kind: Kind): ClusterNode[];
  /** Restarts nodes (default all), one after the other, each in order and only when the one before it is ready. */
  rollingRestart(nodes?: readonly ClusterNode[]): Promise<void>;
  /** Ends all and removes their data. */
  stop(): Promise<void>;
}

/**
 * Starts three mongod as a replica set, Redis, NATS with JetStream, the nodes and a balancer, each in a process of its
 * own. All end when this process does, however that comes about.
 *
 * @throws PlanError, ServerMissingError, ServerStartError; PortTakenError when the port is in use. Nothing is left then
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const plan = planNodes(options.nodes);
  const say = options.say ?? (() => undefined);
  await ensureWebBuilt(say);
  say("Starting MongoDB (a replica set of 3), Redis and NATS …");
  const [mongo, redis, nats] = await startThree(
    startMongo({ members: 3 }),
    startRedis({ appendonly: true }),
    startNats(),
  );
  const started: { stop(): Promise<void> }[] = [mongo, redis, nats];
  try {
    const port = options.port ?? (await freePort());
    const env = {
      ...process.env,
      MONGO_URL: mongo.url,
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      PUBLIC_URL: `http://localhost:${port}`,
      DRAIN_DELAY: `${DRAIN_DELAY}`,
      ...options.env,
    };
    say(`Starting ${plan.length} nodes …`);
    const limit = pLimit(STARTING_AT_ONCE);
    const died = options.died ?? (() => undefined);
    const nodes = await startAll(plan.map((planned) => limit(() => startNode(planned, { env, died }))));
    started.push(...nodes);
    const gateways = nodes.filter(({ kind }) => kind === "api");
    const balancer = await startBalancer({ port, gateways, kind: options.balancer });
    started.push(balancer);
    return {
      url: balancer.url,
      nodes,
      gateways,
      balancer,
      mongo,
      redis,
      nats,
      node(name) {
        const found = nodes.find((node) => node.name === name);
        if (!found) throw new Error(`There is no node ${name}: ${nodes.map((node) => node.name).join(", ")}`);
        return found;
      },
      nodesOf: (kind) => nodes.filter((node) => node.kind === kind),
      rollingRestart: (which = nodes) => restartInTurn(which),
      stop: () => stopAll(started.toReversed()),
    };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function startThree(
  ...starting: [Promise<MongoSet>, Promise<RedisServer>, Promise<NatsServer>]
): Promise<[MongoSet, RedisServer, NatsServer]> {
  await startAll<MongoSet | RedisServer | NatsServer>(starting);
  return Promise.all(starting);
}

async function restartInTurn(nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) {
    await node.restart();
    if (node.kind === "api") await pause(NOTICED_MS);
  }
}
