import { type LimitSpec, pointsOf } from "../../../seams/limits/rate-limiter.ts";
import { LIMITS } from "../../gateway/limits.ts";
import type { Endpoint } from "../endpoint.ts";

/** Who is counted: see `createHandler`. */
const PER = {
  none: "address",
  optional: "user, or per address without a token",
  required: "user",
} as const;

/**
 * The limit of an endpoint, for people and for programs.
 *
 * @param scale multiplies all limits
 * @returns null for an endpoint without a limit
 */
export function describeLimit({ limit, auth }: Pick<Endpoint, "limit" | "auth">, scale: number) {
  if (limit === "none") return null;
  const spec: LimitSpec = LIMITS[limit];
  const [points, { name, windowSeconds }] = [pointsOf(spec, scale), spec];
  return {
    text: `At most ${points} requests ${windowOf(windowSeconds)} per ${PER[auth]} (limit \`${name}\`, for all requests that name it together).`,
    "x-rateLimit": { name, points, windowSeconds, per: PER[auth] },
  };
}

/** For example `a minute`. */
export function windowOf(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? "an hour" : `in ${seconds / 3600} hours`;
  return seconds === 60 ? "a minute" : `in ${seconds / 60} minutes`;
}
