import type { IncomingMessage } from "node:http";
import type { Node } from "../../seams/node.ts";
import { addressOf } from "../gateway/address.ts";
import { LIMITS, rateLimited } from "../gateway/limits.ts";
import { limitHeaders } from "../gateway/send.ts";

/**
 * Counts a request for a page or a file that has no endpoint, by address.
 *
 * @returns the headers that tell the state of the limit
 * @throws RefusedError 429
 */
export async function countPage(
  { limiter, config }: Pick<Node, "limiter" | "config">,
  req: IncomingMessage,
): Promise<Record<string, string>> {
  const state = await limiter.hit(LIMITS.page, addressOf(req, config.trustProxy));
  if (!state.allowed) throw rateLimited(state);
  return limitHeaders(state);
}
