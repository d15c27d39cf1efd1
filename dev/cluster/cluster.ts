import { randomBytes } from "node:crypto";
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
import type { Login } from "../servers/access.ts";
import { freePort } from "../servers/ports.ts";
import { startAll, stopAll } from "../servers/start-all.ts";
import { ensureWebBuilt } from "../../web/build.ts";
import { type Balancer, type BalancerKind, startBalancer } from "./balancer/balancer.ts";
import { type ClusterNode, startNode } from "./node.ts";
import { type Kind, type NodeCounts, planNodes } from "./plan.ts";

/** Nodes that start at once. More could exceed the time limit of a start, which takes a core for about a second. */
const STARTING_AT_ONCE = 4;
/** Time for which a gateway that shuts down still answers: longer than the balancer's check interval. */
const DRAIN_DELAY_SECONDS = 1;
/** Time until the balancer uses a restarted gateway again: a few of its checks. */
const NOTICE_MS = 1000;

export interface ClusterOptions {
  /** The number of nodes of each kind; default two. */
  readonly nodes?: NodeCounts;
  /** The balancer's port; default: a free one. */
  readonly port?: number;
  /** Default: HAProxy where it is installed, else the one of `balancer/proxy.ts`. */
  readonly balancer?: BalancerKind | undefined;
  /** Settings of every node, in addition to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with a line about each step of the start. */
  readonly say?: (line: string) => void;
  /** Called with a node that died by itself, and its exit code or signal. */
  readonly died?: (node: ClusterNode, how: number | NodeJS.Signals) => void;
}

/** A whole Starling cluster of many processes on this machine. */
export interface Cluster {
  /** The address for clients: the balancer's. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** The nodes that answer clients. */
  readonly gateways: readonly ClusterNode[];
  readonly balancer: Balancer;
  readonly mongo: MongoSet;
  readonly redis: RedisServer;
  readonly nats: NatsServer;
  /** The user of all three, whose credentials are in their addresses. */
  readonly login: Login;
  /** @throws Error for an unknown name */
  node(name: string): ClusterNode;
  nodesOf(kind: Kind): ClusterNode[];
  /** Shuts down and restarts nodes (default: all) one by one, each after the one before is ready. */
  rollingRestart(nodes?: readonly ClusterNode[]): Promise<void>;
  /** Ends all processes and removes their data. */
  stop(): Promise<void>;
}

/**
 * Starts a replica set of three mongod, Redis, NATS with JetStream, the nodes and a balancer, each in its own process. All
 * of them end with this process, however it ends.
 *
 * @throws PlanError, ServerMissingError, ServerStartError; PortTakenError when the port is in use. After
 *   any of them, neither processes nor data are left
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const plan = planNodes(options.nodes);
  const say = options.say ?? (() => undefined);
  await ensureWebBuilt(say);
  say("Starting MongoDB (a replica set of 3), Redis and NATS …");
  // With passwords and a secret as in production, so that everything that runs on a cluster tests these too.
  const login = { user: "starling", password: randomBytes(16).toString("hex") };
  const [mongo, redis, nats] = await startThree(
    startMongo({ members: 3, login }),
    startRedis({ appendonly: true, login }),
    startNats({ login }),
  );
  const started: { stop(): Promise<void> }[] = [mongo, redis, nats];
  try {
    const port = options.port ?? (await freePort());
    const env = {
      ...process.env,
      MONGO_URL: mongo.url,
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      CLUSTER_SECRET: randomBytes(16).toString("hex"),
      PUBLIC_URL: `http://localhost:${port}`,
      DRAIN_DELAY: `${DRAIN_DELAY_SECONDS}`,
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
      login,
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
    if (node.kind === "api") await pause(NOTICE_MS);
  }
}
