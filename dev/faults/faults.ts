import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterNode } from "../cluster/node.ts";
import { KINDS } from "../cluster/plan.ts";
import type { Random } from "../replay/random.ts";
import type { RunningServer } from "../servers/index.ts";
import { connectNats } from "../servers/nats.ts";
import { setClockBack } from "./clock.ts";

/** A part of a system that a fault has broken. */
interface Injury {
  /** The name of the broken part, for example `timeline-2`. */
  readonly target: string;
  /** Repairs the part, and waits until it runs again. */
  heal(): Promise<void>;
}

/** One way to break a part of a system: by default, of a cluster. */
export interface Fault<S = Cluster> {
  /** Draws the time for which the part stays broken. */
  readonly durationMs: (random: Random) => number;
  /** Whether the system has a part that this fault can break. */
  readonly isPossible: (system: S) => boolean;
  inject(system: S, random: Random): Promise<Injury>;
}

/** A frozen process keeps its connections and answers nothing. This is long enough for all others to give up on it. */
const FREEZE_MS = 10_000;
/** A killed process comes back after 1 to 4 seconds: before or after the others have noticed. */
const briefly = (random: Random) => 1000 + random.below(3000);
/** A fault that includes its own repair needs no further time. */
const atOnce = () => 0;
const always = () => true;
/**
 * Time between the deaths of the secondaries and of the primary. A primary of `startMongo` that has lost its majority
 * steps down later than this, so it is still the primary when it is killed.
 */
const CUT_OFF_MS = 1200;

function kill(server: Pick<RunningServer, "kill" | "restart">, target: string): Promise<Injury> {
  return server.kill("SIGKILL").then(() => ({ target, heal: () => server.restart() }));
}

function freeze(server: Pick<RunningServer, "kill">, target: string): Promise<Injury> {
  return server.kill("SIGSTOP").then(() => ({ target, heal: () => server.kill("SIGCONT") }));
}

async function membersOf({ mongo }: Cluster) {
  const primary = await mongo.primary();
  return { primary, secondaries: mongo.members.filter((member) => member !== primary) };
}

const nameOf = ({ port }: { port: number }) => `mongod at ${port}`;

const NODE_FAULTS = Object.fromEntries(
  KINDS.flatMap((kind): [string, Fault][] => {
    const isPossible = (cluster: Cluster) => cluster.nodesOf(kind).length > 0;
    const hit = (how: (node: ClusterNode, name: string) => Promise<Injury>) => (cluster: Cluster, random: Random) => {
      const node = random.pick(cluster.nodesOf(kind));
      return how(node, node.name);
    };
    return [
      [`kill-${kind}`, { durationMs: briefly, isPossible, inject: hit(kill) }],
      [`freeze-${kind}`, { durationMs: () => FREEZE_MS, isPossible, inject: hit(freeze) }],
    ];
  }),
);

const STORE_FAULTS: Record<string, Fault> = {
  "kill-mongo-primary": {
    durationMs: briefly,
    isPossible: always,
    async inject(cluster) {
      const { primary } = await membersOf(cluster);
      return kill(primary, nameOf(primary));
    },
  },
  "kill-mongo-secondary": {
    durationMs: briefly,
    isPossible: always,
    async inject(cluster, random) {
      const secondary = random.pick((await membersOf(cluster)).secondaries);
      return kill(secondary, nameOf(secondary));
    },
  },
  "freeze-mongo-primary": {
    durationMs: () => FREEZE_MS,
    isPossible: always,
    async inject(cluster) {
      const { primary } = await membersOf(cluster);
      return freeze(primary, nameOf(primary));
    },
  },
  "freeze-mongo-secondary": {
    durationMs: () => FREEZE_MS,
    isPossible: always,
    async inject(cluster, random) {
      const secondary = random.pick((await membersOf(cluster)).secondaries);
      return freeze(secondary, nameOf(secondary));
    },
  },
  // Writes that only the dying primary has are rolled back, so acknowledging one means losing it. The secondaries are
  // killed, not frozen: a write that has reached a frozen secondary's socket would survive.
  "cut-mongo-primary": {
    durationMs: briefly,
    isPossible: always,
    async inject(cluster) {
      const { primary, secondaries } = await membersOf(cluster);
      await Promise.all(secondaries.map((member) => member.kill("SIGKILL")));
      await pause(CUT_OFF_MS);
      await primary.kill("SIGKILL");
      await Promise.all(secondaries.map((member) => member.restart()));
      // Wait for a new primary before the old one restarts: with the newest data, it would win the election.
      await cluster.mongo.primary();
      return { target: nameOf(primary), heal: () => primary.restart() };
    },
  },
  "kill-redis": { durationMs: briefly, isPossible: always, inject: ({ redis }) => kill(redis, "Redis") },
  "wipe-redis": {
    durationMs: briefly,
    isPossible: always,
    async inject({ redis }) {
      await redis.kill("SIGKILL");
      return { target: "Redis and its data", heal: () => redis.restart({ flush: true }) };
    },
  },
  "freeze-redis": { durationMs: () => FREEZE_MS, isPossible: always, inject: ({ redis }) => freeze(redis, "Redis") },
  "kill-nats": { durationMs: briefly, isPossible: always, inject: ({ nats }) => kill(nats, "NATS") },
  "freeze-nats": { durationMs: () => FREEZE_MS, isPossible: always, inject: ({ nats }) => freeze(nats, "NATS") },
  "delete-streams": { durationMs: briefly, isPossible: always, inject: deleteStreams },
};

const WIDE_FAULTS: Record<string, Fault> = {
  "restart-all": { durationMs: atOnce, isPossible: always, inject: restartAll },
  "clock-back": {
    durationMs: () => FREEZE_MS,
    isPossible: always,
    async inject(cluster, random) {
      const node = random.pick(cluster.nodes.filter(({ services }) => services.includes("tweets")));
      return { target: node.name, heal: await setClockBack(node) };
    },
  },
};

/** All faults, by the name that `--only` takes. */
export const FAULTS: Readonly<Record<string, Fault>> = { ...NODE_FAULTS, ...STORE_FAULTS, ...WIDE_FAULTS };

/** Deletes every JetStream stream with all its jobs. The cluster itself must make new ones and publish the jobs again. */
async function deleteStreams({ nats }: Cluster): Promise<Injury> {
  const connection = await connectNats(nats.url);
  try {
    const manager = await connection.jetstreamManager();
    const streams: string[] = [];
    for await (const { config } of manager.streams.list()) streams.push(config.name);
    for (const name of streams) await manager.streams.delete(name);
    return { target: streams.join(", "), heal: () => Promise.resolve() };
  } finally {
    await connection.close();
  }
}

/** Shuts down and restarts each process in turn, as for a new version: the stores first, then the nodes. */
async function restartAll(cluster: Cluster): Promise<Injury> {
  const { mongo, redis, nats } = cluster;
  for (const member of mongo.members) await member.restart();
  await redis.restart();
  await nats.restart();
  await cluster.rollingRestart();
  return { target: "all processes", heal: () => Promise.resolve() };
}
