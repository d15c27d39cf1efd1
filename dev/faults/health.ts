import { connect } from "nats";
import { MongoClient } from "mongodb";
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { messageOf } from "../../lib/errors.ts";
import { askRedis } from "../servers/redis.ts";

const LOOK_EVERY_MS = 250;
const ANSWER_MS = 2000;
/** States of a member of a replica set that is in order: primary and secondary. */
const IN_ORDER = [1, 2];

/** A cluster did not recover; the message says what of it. */
export class NotHealedError extends Error {
  override name = "NotHealedError";
}

/** Waits until every part of the cluster is well. @throws NotHealedError after `within` milliseconds */
export async function untilHealthy(cluster: Cluster, within: number): Promise<void> {
  const deadline = performance.now() + within;
  for (;;) {
    const ill = await whatIsIll(cluster);
    if (ill === null) return;
    if (performance.now() > deadline) throw new NotHealedError(`After ${within / 1000} s, ${ill}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** @returns null when all is well */
async function whatIsIll({ url, nodes, mongo, redis, nats }: Cluster): Promise<string | null> {
  try {
    await checkMongo(mongo.url);
    await askRedis(redis.port, (connection) => connection.ping());
    await (await connect({ servers: nats.url, timeout: ANSWER_MS, reconnect: false })).close();
    await Promise.all([...nodes, { name: "the balancer", url }].map(checkReady));
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

async function checkMongo(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: ANSWER_MS, socketTimeoutMS: ANSWER_MS });
  try {
    const status = await client.db("admin").command({ replSetGetStatus: 1 });
    const members = status["members"] as { name: string; state: number; stateStr: string }[];
    const ill = members.find(({ state }) => !IN_ORDER.includes(state));
    if (ill) throw new Error(`mongod at ${ill.name} is ${ill.stateStr}`);
  } finally {
    await client.close();
  }
}

async function checkReady({ name, url }: { name: string; url: string }): Promise<void> {
  const reply = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: Error) => {
    throw new Error(`${name} does not answer: ${error.message}`);
  });
  const said = await reply.text();
  if (!reply.ok) throw new Error(`${name} is not ready: ${said}`);
}
