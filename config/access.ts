import { z } from "zod";
import { parseLogin } from "./addresses.ts";
import { NatsUrlError, parseNatsUrl } from "./nats-url.ts";
import { parseRedisUrl, REDIS_URL_FORMS } from "./redis-url.ts";

const natsUrl = z.string().superRefine((value, context) => {
  try {
    parseNatsUrl(value);
  } catch (error) {
    if (!(error instanceof NatsUrlError)) throw error;
    // Not continued, because checkAccess needs an address that can be parsed.
    context.addIssue({ code: "custom", message: error.message, continue: false });
  }
});

/** Shorter secrets could be guessed by trying: 32 characters, as `openssl rand -hex 16` prints them, have 128 bits. */
const SECRET_LENGTH = 32;

/** The first seals, all of them open: so nodes can change to a new secret one after the other. */
const clusterSecrets = z
  .string()
  .transform((value) => value.split(",").map((secret) => secret.trim()))
  .refine((secrets) => secrets.every(({ length }) => length >= SECRET_LENGTH), {
    error: `must be a secret of at least ${SECRET_LENGTH} characters, or several of them after commas, the new one first`,
  });

const path = z.string();

/** The variables by which nodes reach NATS and Redis, and trust each other. `.env.example` explains each. */
export const accessVariables = {
  NATS_URL: natsUrl.optional(),
  NATS_CREDS: path.optional(),
  NATS_CA: path.optional(),
  NATS_CERT: path.optional(),
  NATS_KEY: path.optional(),
  REDIS_URL: z
    .string()
    .refine((value) => parseRedisUrl(value) !== null, { error: `must be like ${REDIS_URL_FORMS}` })
    .optional(),
  REDIS_CA: path.optional(),
  REDIS_CERT: path.optional(),
  REDIS_KEY: path.optional(),
  REDIS_SENTINEL_LOGIN: z
    .string()
    .refine((value) => parseLogin(value)?.password !== undefined, {
      error: "must be USER:PASSWORD or :PASSWORD, both percent-encoded",
    })
    .optional(),
  CLUSTER_SECRET: clusterSecrets.optional(),
};

type AccessVariables = z.infer<z.ZodObject<typeof accessVariables>>;

/** Checks these variables against each other. */
export function checkAccess(given: AccessVariables, context: z.RefinementCtx): void {
  const refuse = (name: keyof AccessVariables, message: string) =>
    context.addIssue({ code: "custom", path: [name], message });
  for (const [cert, key] of [
    ["NATS_CERT", "NATS_KEY"],
    ["REDIS_CERT", "REDIS_KEY"],
  ] as const) {
    if (given[cert] !== undefined && given[key] === undefined) refuse(key, `must be set together with ${cert}`);
    if (given[key] !== undefined && given[cert] === undefined) refuse(cert, `must be set together with ${key}`);
  }
  if (given.NATS_CREDS !== undefined && given.NATS_URL !== undefined && parseNatsUrl(given.NATS_URL).login) {
    refuse("NATS_CREDS", "must not be set together with a user or token in NATS_URL");
  }
  const redis = given.REDIS_URL === undefined ? null : parseRedisUrl(given.REDIS_URL);
  // Without TLS, the operator would believe that the connection is encrypted.
  if (redis?.tls === false) {
    for (const name of ["REDIS_CA", "REDIS_CERT"] as const) {
      if (given[name] !== undefined) refuse(name, "must be set only with a REDIS_URL that begins with rediss");
    }
  }
  if (redis && redis.kind !== "sentinel" && given.REDIS_SENTINEL_LOGIN !== undefined) {
    refuse("REDIS_SENTINEL_LOGIN", "must be set only with a REDIS_URL that names Sentinels");
  }
}
