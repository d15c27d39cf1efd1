import { MongoClient } from "mongodb";
import { setTimeout as pause } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { messageOf } from "../../lib/errors.ts";
import { connectNats } from "../servers/nats.ts";
import { askRedis } from "../servers/redis.ts";

const CHECK_INTERVAL_MS = 250;
const ANSWER_TIMEOUT_MS = 2000;
/** States of a healthy member of a replica set: primary and secondary. */
const HEALTHY_STATES = [1, 2];

/** The system did not recover; the message names the part that is not healthy. */
class NotRecoveredError extends Error {
  override name = "NotRecoveredError";
}

/** Waits until every part of the cluster is healthy. @throws NotRecoveredError after `limitMs` */
export function untilHealthy(cluster: Cluster, limitMs: number): Promise<void> {
  return untilWithout(() => findProblem(cluster), limitMs);
}

/** Waits until a single server is ready. @throws NotRecoveredError after `limitMs` */
export function untilReady(url: string, limitMs: number): Promise<void> {
  return untilWithout(() => checkReady({ name: "the server", url }).then(() => null, messageOf), limitMs);
}

async function untilWithout(findProblem: () => Promise<string | null>, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const problem = await findProblem();
    if (problem === null) return;
    if (performance.now() > deadline) throw new NotRecoveredError(`After ${limitMs / 1000} s, ${problem}`);
    await pause(CHECK_INTERVAL_MS);
  }
}

/** @returns the first unhealthy part and its symptom, as a sentence; null when all parts are healthy */
async function findProblem({ url, nodes, mongo, redis, nats, login }: Cluster): Promise<string | null> {
  try {
    await checkMongo(mongo.url);
    await askRedis(redis.port, (connection) => connection.ping(), login);
    await (await connectNats(nats.url, { timeout: ANSWER_TIMEOUT_MS })).close();
    await Promise.all([...nodes, { name: "the balancer", url }].map(checkReady));
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

async function checkMongo(url: string): Promise<void> {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: ANSWER_TIMEOUT_MS,
    socketTimeoutMS: ANSWER_TIMEOUT_MS,
  });
  try {
    const status = await client.db("admin").command({ replSetGetStatus: 1 });
    const members = status["members"] as { name: string; state: number; stateStr: string }[];
    const unhealthy = members.find(({ state }) => !HEALTHY_STATES.includes(state));
    if (unhealthy) throw new Error(`mongod at ${unhealthy.name} is ${unhealthy.stateStr}`);
  } finally {
    await client.close();
  }
}

async function checkReady({ name, url }: { name: string; url: string }): Promise<void> {
  const reply = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).catch(
    (error: Error) => {
      throw new Error(`${name} does not answer: ${error.message}`);
    },
  );
  const said = await reply.text();
  if (!reply.ok) throw new Error(`${name} is not ready: ${said}`);
}
