import { resolve } from "node:path";
import { getHeapStatistics } from "node:v8";
import { ConfigError } from "../lib/errors.ts";
import { type Login, parseLogin } from "./addresses.ts";
import { environment, type LOG_LEVELS, type ServiceName, vapidKeysOf } from "./environment.ts";
import type { NatsFiles, TlsFiles } from "./files.ts";
import type { VapidKeys } from "./vapid-pair.ts";

/** The validated settings of a node. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** The origin of all links, without a trailing slash. */
  readonly publicUrl: string;
  /** Whether the Host of a request names this site as well: only without PUBLIC_URL, for use in a local network. */
  readonly trustsHost: boolean;
  /** Who runs this server, for its page about itself. */
  readonly hostName: string | null;
  /** A mailto: or https: URL. */
  readonly hostContact: string | null;
  /** The host's terms of use and privacy notice, as files in Markdown. */
  readonly termsFile: string | null;
  readonly privacyFile: string | null;
  /** Absolute path of the folder of the embedded stores. */
  readonly dataDir: string;
  readonly services: readonly ServiceName[];
  readonly nodeId: string | undefined;
  readonly natsUrl: string | undefined;
  readonly natsFiles: NatsFiles;
  /** Replicas of each JetStream stream. */
  readonly natsReplicas: number;
  /** Whether this node takes jobs (fan-out, notifications) from the durable channel. If not, other nodes must. */
  readonly jobs: boolean;
  readonly mongoUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly redisFiles: TlsFiles;
  /** The user and password for Sentinels; null: they demand none. */
  readonly redisSentinelLogin: Login | null;
  /** Packets and jobs are sealed with the first of these, and opened with any; empty: they are not sealed. */
  readonly clusterSecrets: readonly string[];
  /** An S3-compatible store for media. Without one, media are stored in MongoDB or in the data folder. */
  readonly mediaUrl: string | undefined;
  /** Bytes of media that each user may keep. */
  readonly mediaQuotaBytes: number;
  /** An unused upload is deleted after this time. */
  readonly mediaUnusedTtlSeconds: number;
  readonly mediaSweepEverySeconds: number;
  /** Number of proxies in front of the node; this many entries of `X-Forwarded-For` are trusted. */
  readonly trustProxy: number;
  /** The most connections that clients may hold. */
  readonly maxConnections: number;
  /** During a shutdown, the node first reports itself as not ready for this long, and still accepts requests. */
  readonly drainDelaySeconds: number;
  readonly rateLimitScale: number;
  /** The most live connections that the node holds. */
  readonly socketsLimit: number;
  /** Tweets of an author with more followers than this are merged at read time instead of fanned out. */
  readonly fanoutLimit: number;
  /** Maximum number of ids in a cached home timeline. */
  readonly timelineLength: number;
  readonly timelineTtlSeconds: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** The port for Prometheus to scrape `/metrics`; null: no metrics are collected. */
  readonly metricsPort: number | null;
  /** The destination of spans: `log`, or the origin of a Zipkin collector; null: nothing is traced. */
  readonly tracing: string | null;
  /** The keys that identify this installation to push services. If null, a pair is generated once and stored. */
  readonly vapidKeys: VapidKeys | null;
  /** Contact of the operator for push services: a mailto: or https: URL. */
  readonly vapidSubject: string;
  /** Allows pushes to this machine, also over plain http. For tests. */
  readonly pushAllowLoopback: boolean;
}

/**
 * Reads the settings from the environment. Called once, at start.
 *
 * @param env the variables; an empty value counts as unset
 * @throws ConfigError naming each variable with a bad value
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(
      `These settings can't be used:\n${lines.join("\n")}\nSee .env.example for what each one means.`,
    );
  }
  const e = parsed.data;
  const publicUrl = new URL(e.PUBLIC_URL ?? `http://localhost:${e.PORT}`).origin;
  return {
    port: e.PORT,
    host: e.HOST,
    publicUrl,
    trustsHost: e.PUBLIC_URL === undefined,
    hostName: e.HOST_NAME ?? null,
    hostContact: e.HOST_CONTACT ?? null,
    termsFile: e.TERMS_FILE === undefined ? null : resolve(e.TERMS_FILE),
    privacyFile: e.PRIVACY_FILE === undefined ? null : resolve(e.PRIVACY_FILE),
    dataDir: resolve(e.DATA_DIR),
    services: e.SERVICES,
    nodeId: e.NODE_ID,
    natsUrl: e.NATS_URL,
    natsFiles: { creds: e.NATS_CREDS, ca: e.NATS_CA, cert: e.NATS_CERT, key: e.NATS_KEY },
    natsReplicas: e.NATS_REPLICAS,
    jobs: e.JOBS,
    mongoUrl: e.MONGO_URL,
    redisUrl: e.REDIS_URL,
    redisFiles: { ca: e.REDIS_CA, cert: e.REDIS_CERT, key: e.REDIS_KEY },
    redisSentinelLogin: e.REDIS_SENTINEL_LOGIN === undefined ? null : parseLogin(e.REDIS_SENTINEL_LOGIN),
    clusterSecrets: e.CLUSTER_SECRET ?? [],
    mediaUrl: e.MEDIA_URL,
    mediaQuotaBytes: e.MEDIA_QUOTA_MB * 1024 * 1024,
    mediaUnusedTtlSeconds: e.MEDIA_UNUSED_TTL,
    mediaSweepEverySeconds: e.MEDIA_SWEEP_EVERY,
    trustProxy: e.TRUST_PROXY,
    maxConnections: e.MAX_CONNECTIONS,
    drainDelaySeconds: e.DRAIN_DELAY,
    rateLimitScale: e.RATE_LIMIT_SCALE,
    socketsLimit: e.SOCKETS_LIMIT ?? defaultSocketsLimit(),
    fanoutLimit: e.FANOUT_LIMIT,
    timelineLength: e.TIMELINE_LENGTH,
    timelineTtlSeconds: e.TIMELINE_TTL,
    logLevel: e.LOG_LEVEL,
    metricsPort: e.METRICS ? e.METRICS_PORT : null,
    tracing: e.TRACING === "off" ? null : e.TRACING.replace(/\/$/, ""),
    vapidKeys: vapidKeysOf(e),
    vapidSubject: e.VAPID_SUBJECT ?? defaultSubject(publicUrl),
    pushAllowLoopback: e.PUSH_ALLOW_LOOPBACK,
  };
}

/** A live connection takes 30 KB. Half of the heap may be taken by connections. */
const SOCKET_BYTES = 30_000;
const MOST_SOCKETS = 20_000;

function defaultSocketsLimit(): number {
  return Math.min(MOST_SOCKETS, Math.floor(getHeapStatistics().heap_size_limit / 2 / SOCKET_BYTES));
}

/** Push services require a contact. Unless one is set, use an address of the site. */
function defaultSubject(publicUrl: string): string {
  return publicUrl.startsWith("https:") ? publicUrl : `mailto:webmaster@${new URL(publicUrl).hostname}`;
}
