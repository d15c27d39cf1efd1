import { connect } from "nats";
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterNode } from "../cluster/node.ts";
import { KINDS } from "../cluster/plan.ts";
import type { Random } from "../replay/random.ts";
import type { RunningServer } from "../servers/index.ts";
import { setClockBack } from "./clock.ts";

/** Something that is broken now. */
export interface Injury {
  /** What was hit: `timeline-2`, say. */
  readonly target: string;
  /** Undoes it, and waits until what was hit runs again. */
  heal(): Promise<void>;
}

/** One way in which a cluster can be hurt. */
export interface Fault {
  /** How long the cluster has to live with it, in milliseconds. */
  readonly lasts: (random: Random) => number;
  /** Whether the cluster has what this hits. */
  readonly isPossible: (cluster: Cluster) => boolean;
  inject(cluster: Cluster, random: Random): Promise<Injury>;
}

/** A frozen process keeps its connections and answers nothing, long enough that everybody must give it up. */
const FREEZE_MS = 10_000;
/** A killed one comes back after 1 to 4 seconds: before and after others have noticed. */
const briefly = (random: Random) => 1000 + random.below(3000);
/** What restores itself is over at once. */
const atOnce = () => 0;
const always = () => true;
/** Less than a primary of `startMongo` waits for a majority before it steps down, so that it is one until it dies. */
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
      [`kill-${kind}`, { lasts: briefly, isPossible, inject: hit(kill) }],
      [`freeze-${kind}`, { lasts: () => FREEZE_MS, isPossible, inject: hit(freeze) }],
    ];
  }),
);

const STORE_FAULTS: Record<string, Fault> = {
  "kill-mongo-primary": {
    lasts: briefly,
    isPossible: always,
    async inject(cluster) {
      const { primary } = await membersOf(cluster);
      return kill(primary, nameOf(primary));
    },
  },
  "kill-mongo-secondary": {
    lasts: briefly,
    isPossible: always,
    async inject(cluster, random) {
      const secondary = random.pick((await membersOf(cluster)).secondaries);
      return kill(secondary, nameOf(secondary));
    },
  },
  "freeze-mongo-primary": {
    lasts: () => FREEZE_MS,
    isPossible: always,
    async inject(cluster) {
      const { primary } = await membersOf(cluster);
      return freeze(primary, nameOf(primary));
    },
  },
  "freeze-mongo-secondary": {
    lasts: () => FREEZE_MS,
    isPossible: always,
    async inject(cluster, random) {
      const secondary = random.pick((await membersOf(cluster)).secondaries);
      return freeze(secondary, nameOf(secondary));
    },
  },
  // What the primary alone has when it dies is rolled back: whoever acknowledges such a write loses it. Killed, not
  // frozen: what has come as far as a frozen secondary's socket would survive.
  "cut-mongo-primary": {
    lasts: briefly,
    isPossible: always,
    async inject(cluster) {
      const { primary, secondaries } = await membersOf(cluster);
      await Promise.all(secondaries.map((member) => member.kill("SIGKILL")));
      await pause(CUT_OFF_MS);
      await primary.kill("SIGKILL");
      await Promise.all(secondaries.map((member) => member.restart()));
      // Only with a successor in office: the newest data would win the election.
      await cluster.mongo.primary();
      return { target: nameOf(primary), heal: () => primary.restart() };
    },
  },
  "kill-redis": { lasts: briefly, isPossible: always, inject: ({ redis }) => kill(redis, "Redis") },
  "wipe-redis": {
    lasts: briefly,
    isPossible: always,
    async inject({ redis }) {
      await redis.kill("SIGKILL");
      return { target: "Redis and its data", heal: () => redis.restart({ flush: true }) };
    },
  },
  "freeze-redis": { lasts: () => FREEZE_MS, isPossible: always, inject: ({ redis }) => freeze(redis, "Redis") },
  "kill-nats": { lasts: briefly, isPossible: always, inject: ({ nats }) => kill(nats, "NATS") },
  "freeze-nats": { lasts: () => FREEZE_MS, isPossible: always, inject: ({ nats }) => freeze(nats, "NATS") },
  "delete-streams": { lasts: briefly, isPossible: always, inject: deleteStreams },
};

const WIDE_FAULTS: Record<string, Fault> = {
  "restart-all": { lasts: atOnce, isPossible: always, inject: restartAll },
  "clock-back": {
    lasts: () => FREEZE_MS,
    isPossible: always,
    async inject(cluster, random) {
      const node = random.pick(cluster.nodes.filter(({ services }) => services.includes("tweets")));
      return { target: node.name, heal: await setClockBack(node) };
    },
  },
};

/** All faults, by the names that `--only` takes. */
export const FAULTS: Readonly<Record<string, Fault>> = { ...NODE_FAULTS, ...STORE_FAULTS, ...WIDE_FAULTS };

/** Deletes every JetStream stream, with all jobs in it: nobody undoes that but the cluster. */
async function deleteStreams({ nats }: Cluster): Promise<Injury> {
  const connection = await connect({ servers: nats.url });
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

/** Restarts one after the other, each in order, as for a new version: the stores, and then the nodes. */
async function restartAll(cluster: Cluster): Promise<Injury> {
  const { mongo, redis, nats } = cluster;
  for (const member of mongo.members) await member.restart();
  await redis.restart();
  await nats.restart();
  await cluster.rollingRestart();
  return { target: "everything", heal: () => Promise.resolve() };
}
