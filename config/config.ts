import { resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "../lib/errors.ts";
import { parseRedisUrl, REDIS_URL_FORMS } from "./redis-url.ts";
import { isVapidPair, type VapidKeys } from "./vapid-pair.ts";
import { parseS3Url } from "./s3-url.ts";

/** The names that `SERVICES` takes, in the order in which a node starts them. */
export const SERVICE_NAMES = ["users", "graph", "tweets", "timeline", "notifier", "media", "api", "live"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`));

const flag = z
  .enum(["true", "false", "1", "0"], { error: "must be true or false" })
  .transform((value) => value === "true" || value === "1");

const urlOf = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value.split(",")[0] ?? "") && protocols.some((p) => value.startsWith(p)), {
    error: `must be a URL that begins with ${protocols.join(" or ")}`,
  });

const services = z.string().transform((value, context) => {
  const names = value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = names.find((name) => !SERVICE_NAMES.includes(name as ServiceName));
  if (unknown !== undefined || names.length === 0) {
    context.addIssue({
      code: "custom",
      message: `${unknown === undefined ? "names no service" : `"${unknown}" is no service`}; choose from ${SERVICE_NAMES.join(", ")}`,
    });
    return z.NEVER;
  }
  return SERVICE_NAMES.filter((name) => names.includes(name));
});

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace"] as const;

const base64url = z.string().regex(/^[\w-]+$/, 'must be base64url, as "npx web-push generate-vapid-keys" prints it');

/** Every setting, by the name of its environment variable. `.env.example` explains them. */
const environment = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().default("0.0.0.0"),
  PUBLIC_URL: z
    .string()
    .refine((value) => /^https?:\/\/[^/?#]+\/?$/.test(value) && URL.canParse(value), {
      error: "must be an origin like https://starling.example, without a path",
    })
    .optional(),
  DATA_DIR: z.string().default("./data"),
  SERVICES: services.default([...SERVICE_NAMES]),
  NODE_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores")
    .optional(),
  NATS_URL: urlOf("nats://", "tls://").optional(),
  NATS_REPLICAS: wholeNumber(1, 5).default(1),
  JOBS: flag.default(true),
  MONGO_URL: urlOf("mongodb://", "mongodb+srv://").optional(),
  REDIS_URL: z
    .string()
    .refine((value) => parseRedisUrl(value) !== null, { error: `must be like ${REDIS_URL_FORMS}` })
    .optional(),
  MEDIA_URL: z
    .string()
    .refine((value) => parseS3Url(value) !== null, {
      error: "must be like s3://BUCKET/PREFIX?region=REGION&endpoint=https://HOST",
    })
    .optional(),
  MEDIA_QUOTA_MB: wholeNumber(1, 1_000_000_000).default(5120),
  MEDIA_UNUSED_TTL: wholeNumber(1, 31_536_000).default(86_400),
  MEDIA_SWEEP_EVERY: wholeNumber(1, 86_400).default(60),
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  DRAIN_DELAY: wholeNumber(0, 300).default(0),
  RATE_LIMIT_SCALE: z
    .string()
    .transform(Number)
    .pipe(z.number("must be a number").positive("must be above 0"))
    .default(1),
  FANOUT_LIMIT: wholeNumber(0, 1_000_000).default(10_000),
  TIMELINE_LENGTH: wholeNumber(1, 10_000).default(800),
  TIMELINE_TTL: wholeNumber(1, 2_592_000).default(14_400),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }).default("warn"),
  METRICS: flag.default(false),
  VAPID_PUBLIC_KEY: base64url.optional(),
  VAPID_PRIVATE_KEY: base64url.optional(),
  VAPID_SUBJECT: urlOf("mailto:", "https://").optional(),
  PUSH_ALLOW_LOOPBACK: flag.default(false),
});

const someoneTakesJobs = ({ JOBS, NATS_URL }: { JOBS: boolean; NATS_URL?: string | undefined }) =>
  JOBS || NATS_URL !== undefined;

/** The names of all settings, so that a check can hold `.env.example` against them. */
export const SETTING_NAMES: readonly string[] = Object.keys(environment.shape);

/** The variables that must be set together, or not at all. */
interface VapidVariables {
  VAPID_PUBLIC_KEY?: string | undefined;
  VAPID_PRIVATE_KEY?: string | undefined;
}

/** The settings of a node, validated. Times are in seconds unless the name says otherwise. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** The origin that links carry, without a slash at the end. */
  readonly publicUrl: string;
  /** Absolute path of the embedded stores' folder. */
  readonly dataDir: string;
  readonly services: readonly ServiceName[];
  readonly nodeId: string | undefined;
  readonly natsUrl: string | undefined;
  /** Copies of each JetStream stream. */
  readonly natsReplicas: number;
  /** Whether this node takes jobs from the durable channel: fan-out, notifications. Others must, where it does not. */
  readonly jobs: boolean;
  readonly mongoUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** An S3-compatible store for media; without it they lie in MongoDB or in the data folder. */
  readonly mediaUrl: string | undefined;
  /** How many bytes of media each user may keep. */
  readonly mediaQuota: number;
  /** How long an upload that nothing uses is kept. */
  readonly mediaUnusedTtl: number;
  readonly mediaSweepEvery: number;
  /** How many proxies stand in front: that many entries of `X-Forwarded-For` are believed. */
  readonly trustProxy: number;
  /** How long a node that shuts down still accepts requests while it says that it is not ready. */
  readonly drainDelay: number;
  readonly rateLimitScale: number;
  /** An author with more followers than this is merged in at read instead of fanned out. */
  readonly fanoutLimit: number;
  /** How many ids a home timeline keeps in the cache. */
  readonly timelineLength: number;
  readonly timelineTtl: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly metrics: boolean;
  /** By which push services know this installation; null: a pair is made once and kept in the store. */
  readonly vapidKeys: VapidKeys | null;
  /** Where push services reach the operator: a mailto: or https: URL. */
  readonly vapidSubject: string;
  /** Whether pushes may go to this machine, there also over plain http: for tests. */
  readonly pushAllowLoopback: boolean;
}

/**
 * Reads the settings from the environment, once, at start.
 *
 * @param env the variables; an empty value counts as not set
 * @throws ConfigError that names each variable with a bad value
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = environment
    .superRefine(checkVapidKeys)
    .refine(someoneTakesJobs, {
      path: ["JOBS"],
      error: "can be false only with NATS_URL: other nodes must take the jobs then",
    })
    .safeParse(given);
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
    dataDir: resolve(e.DATA_DIR),
    services: e.SERVICES,
    nodeId: e.NODE_ID,
    natsUrl: e.NATS_URL,
    natsReplicas: e.NATS_REPLICAS,
    jobs: e.JOBS,
    mongoUrl: e.MONGO_URL,
    redisUrl: e.REDIS_URL,
    mediaUrl: e.MEDIA_URL,
    mediaQuota: e.MEDIA_QUOTA_MB * 1024 * 1024,
    mediaUnusedTtl: e.MEDIA_UNUSED_TTL,
    mediaSweepEvery: e.MEDIA_SWEEP_EVERY,
    trustProxy: e.TRUST_PROXY,
    drainDelay: e.DRAIN_DELAY,
    rateLimitScale: e.RATE_LIMIT_SCALE,
    fanoutLimit: e.FANOUT_LIMIT,
    timelineLength: e.TIMELINE_LENGTH,
    timelineTtl: e.TIMELINE_TTL,
    logLevel: e.LOG_LEVEL,
    metrics: e.METRICS,
    vapidKeys: vapidKeysOf(e),
    vapidSubject: e.VAPID_SUBJECT ?? defaultSubject(publicUrl),
    pushAllowLoopback: e.PUSH_ALLOW_LOOPBACK,
  };
}

function checkVapidKeys(variables: VapidVariables, context: z.RefinementCtx): void {
  if (variables.VAPID_PUBLIC_KEY === undefined && variables.VAPID_PRIVATE_KEY === undefined) return;
  const keys = vapidKeysOf(variables);
  if (keys && isVapidPair(keys)) return;
  const message = keys
    ? "does not belong to VAPID_PUBLIC_KEY, or one of both is no key"
    : "must be set with VAPID_PUBLIC_KEY, or neither of both";
  context.addIssue({ code: "custom", path: ["VAPID_PRIVATE_KEY"], message });
}

function vapidKeysOf({ VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }: VapidVariables): VapidKeys | null {
  return publicKey !== undefined && privateKey !== undefined ? { publicKey, privateKey } : null;
}

/** Push services want an address; without one in the settings, the site's own. */
function defaultSubject(publicUrl: string): string {
  return publicUrl.startsWith("https:") ? publicUrl : `mailto:webmaster@${new URL(publicUrl).hostname}`;
}
