import { tlsFaultOf } from "../../lib/tls-faults.ts";

/**
 * Explains to an operator why Redis lets this node not in: the variable, what is wrong with it, and what to do. Also
 * removes the failed command from the error: it is AUTH, with the password.
 *
 * @returns null when Redis only can't be reached
 */
export function redisRefusalOf(error: Error): string | null {
  const cause = (error as { lastNodeError?: Error }).lastNodeError ?? error;
  delete (cause as { command?: unknown }).command;
  const { message } = cause;
  const [refused] = /\b(?:WRONGPASS|NOAUTH|NOPERM)\b|invalid password/.exec(message) ?? [];
  // As ioredis words it.
  const isSentinel = /\bsentinels? /i.test(message);
  if (refused === "NOPERM") {
    return "REDIS_URL: this user of Redis lacks permissions (NOPERM). docs/operations.md has the rules of its ACL";
  }
  if (refused !== undefined) {
    return isSentinel
      ? `REDIS_SENTINEL_LOGIN: the Sentinels refuse the user or password, or demand them (${refused})`
      : `REDIS_URL: Redis refuses the user or password, or demands them (${refused})`;
  }
  return tlsFaultOf(cause, { ca: "REDIS_CA", certificate: "REDIS_CERT" });
}
