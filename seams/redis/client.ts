import { Cluster, type ClusterOptions, Redis, type RedisOptions } from "ioredis";
import type { Address, Login } from "../../config/addresses.ts";
import type { TlsContents } from "../../config/files.ts";
import type { RedisPlace } from "../../config/redis-url.ts";

export type Client = Redis | Cluster;

/**
 * A server that stays silent for this long on sent commands counts as dead. Callers wait this long once per outage. A
 * shorter limit would mistake a busy machine that stalls for a moment for a dead one.
 */
const SILENCE_LIMIT_MS = 1000;
const CONNECT_LIMIT_MS = 1000;
/** The longest wait between two attempts to connect: the end of an outage is noticed within this time. */
const LONGEST_WAIT_MS = 1000;
/** A cluster is asked this often which node serves which slots. */
const SLOTS_REFRESH_MS = 2000;

/** What the address does not hold. */
export interface RedisAccess {
  tls: TlsContents;
  sentinelLogin: Login | null;
}

/**
 * Creates the client for one server, the master that Sentinels name, or a cluster. The client connects by itself, fails
 * commands at once while it is not connected, and never sends a command twice.
 *
 * @param watch is called with each server's client: at once, or when the cluster's client learns of a node
 * @param onError is called with errors of a cluster as a whole
 */
export function createClient(
  place: RedisPlace,
  access: RedisAccess,
  watch: (server: Redis) => void,
  onError: (error: Error) => void,
): Client {
  const { addresses, name, username, password, db } = place;
  const tls = place.tls ? access.tls : undefined;
  const options: RedisOptions = {
    username: username!,
    password: password!,
    db,
    ...(tls && { tls }),
    connectTimeout: CONNECT_LIMIT_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy,
    // A master that became a replica refuses writes: reconnect, so as to find the new master.
    reconnectOnError: (error) => error.message.includes("READONLY"),
  };
  if (place.kind === "cluster") return createClusterClient(addresses, options, watch, onError);
  const client =
    place.kind === "sentinel"
      ? new Redis({
          ...options,
          sentinels: addresses,
          name,
          ...(access.sentinelLogin && {
            sentinelUsername: access.sentinelLogin.username,
            sentinelPassword: access.sentinelLogin.password,
          }),
          // The Sentinels and the server both use TLS, or none does.
          ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
          sentinelRetryStrategy: retryStrategy,
          // An old master that came back still answers for a while: leave it when the Sentinels say so.
          failoverDetector: true,
        })
      : new Redis({ ...options, ...addresses[0]! });
  watch(client);
  return client;
}

function createClusterClient(
  addresses: readonly Address[],
  redisOptions: RedisOptions,
  watch: (server: Redis) => void,
  onError: (error: Error) => void,
): Cluster {
  const options: ClusterOptions = {
    redisOptions,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    // A node that does not answer stays in the list, so that commands for its slots fail at once.
    clusterNodeRetryStrategy: retryStrategy,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  };
  const cluster = new Cluster([...addresses], options);
  cluster.on("+node", watch);
  cluster.on("error", onError);
  return cluster;
}

/** @returns the wait in milliseconds, drawn at random so that not all nodes reconnect at once */
function retryStrategy(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}
