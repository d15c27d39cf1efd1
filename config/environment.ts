import { z } from "zod";
import { accessVariables, checkAccess } from "./access.ts";
import { isVapidPair, type VapidKeys } from "./vapid-pair.ts";
import { parseS3Url } from "./s3-url.ts";

/** The names that `SERVICES` may list. A node starts its services in this order. */
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
      message: `${unknown === undefined ? "names no service" : `"${unknown}" is not a service`}; choose from ${SERVICE_NAMES.join(", ")}`,
    });
    return z.NEVER;
  }
  return SERVICE_NAMES.filter((name) => names.includes(name));
});

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace"] as const;

const base64url = z.string().regex(/^[\w-]+$/, 'must be base64url, as "npx web-push generate-vapid-keys" prints it');

/** One schema per variable. `.env.example` explains each. */
const variables = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().default("0.0.0.0"),
  PUBLIC_URL: z
    .string()
    .refine((value) => /^https?:\/\/[^/?#]+\/?$/.test(value) && URL.canParse(value), {
      error: "must be an origin like https://starling.example, without a path",
    })
    .optional(),
  HOST_NAME: z.string().max(200, "must be at most 200 characters").optional(),
  HOST_CONTACT: urlOf("mailto:", "https://").optional(),
  TERMS_FILE: z.string().optional(),
  PRIVACY_FILE: z.string().optional(),
  DATA_DIR: z.string().default("./data"),
  SERVICES: services.default([...SERVICE_NAMES]),
  NODE_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores")
    .optional(),
  ...accessVariables,
  NATS_REPLICAS: wholeNumber(1, 5).default(1),
  JOBS: flag.default(true),
  MONGO_URL: urlOf("mongodb://", "mongodb+srv://").optional(),
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
  MAX_CONNECTIONS: wholeNumber(16, 1_000_000).default(10_000),
  DRAIN_DELAY: wholeNumber(0, 300).default(0),
  RATE_LIMIT_SCALE: z
    .string()
    .transform(Number)
    .pipe(z.number("must be a number").positive("must be above 0"))
    .default(1),
  SOCKETS_LIMIT: wholeNumber(1, 1_000_000).optional(),
  FANOUT_LIMIT: wholeNumber(0, 1_000_000).default(10_000),
  TIMELINE_LENGTH: wholeNumber(1, 10_000).default(800),
  TIMELINE_TTL: wholeNumber(1, 2_592_000).default(14_400),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }).default("warn"),
  METRICS: flag.default(false),
  METRICS_PORT: wholeNumber(1, 65_535).default(3030),
  TRACING: z
    .string()
    .refine((value) => value === "off" || value === "log" || /^https?:\/\/[^/?#]+\/?$/.test(value), {
      error: "must be off, log, or the address of a Zipkin collector like http://localhost:9411",
    })
    .default("off"),
  VAPID_PUBLIC_KEY: base64url.optional(),
  VAPID_PRIVATE_KEY: base64url.optional(),
  VAPID_SUBJECT: urlOf("mailto:", "https://").optional(),
  PUSH_ALLOW_LOOPBACK: flag.default(false),
});

/** The names of all settings, so that a test can compare them with `.env.example`. */
export const SETTING_NAMES: readonly string[] = Object.keys(variables.shape);

/** The environment's variables, validated one by one and against each other. */
export const environment = variables
  .superRefine(checkVapidKeys)
  .superRefine(checkAccess)
  .refine(({ JOBS, NATS_URL }) => JOBS || NATS_URL, {
    path: ["JOBS"],
    error: "can be false only with NATS_URL: without NATS, no other node can take the jobs",
  });

/** The two variables that must be set together, or not at all. */
interface VapidVariables {
  VAPID_PUBLIC_KEY?: string | undefined;
  VAPID_PRIVATE_KEY?: string | undefined;
}

function checkVapidKeys(given: VapidVariables, context: z.RefinementCtx): void {
  if (given.VAPID_PUBLIC_KEY === undefined && given.VAPID_PRIVATE_KEY === undefined) return;
  const keys = vapidKeysOf(given);
  if (keys && isVapidPair(keys)) return;
  const message = keys
    ? "does not belong to VAPID_PUBLIC_KEY, or one of the two is not a key"
    : "must be set together with VAPID_PUBLIC_KEY, or both must be left out";
  context.addIssue({ code: "custom", path: ["VAPID_PRIVATE_KEY"], message });
}

/** @returns null unless both halves are set */
export function vapidKeysOf({
  VAPID_PUBLIC_KEY: publicKey,
  VAPID_PRIVATE_KEY: privateKey,
}: VapidVariables): VapidKeys | null {
  return publicKey !== undefined && privateKey !== undefined ? { publicKey, privateKey } : null;
}
