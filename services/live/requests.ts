import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { RefusedError, UnauthorizedError } from "../../lib/errors.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import { call, type Caller, type Session } from "../../contract/actions.ts";
import { addressOf } from "../gateway/address.ts";
import { LIMITS } from "../gateway/limits.ts";
import { parseInput } from "../gateway/problems.ts";
import type { Node } from "../../seams/node.ts";
import type { LiveSocket } from "./connections.ts";
import { rooms } from "./rooms.ts";

/** How many profiles one connection may watch. */
const MOST_WATCHED = 100;

const WatchInput = z.strictObject({ username: z.string().max(100) });
const SyncInput = z.strictObject({
  after: z.string().refine((text) => normalizeId(text) !== null, "must be an id: a decimal number of at most 64 bits"),
});

/** Counts a request over a socket, or the making of one, with those over HTTP. @throws RefusedError 429 */
export async function limitLive(node: Node, request: IncomingMessage, session: Session | null): Promise<void> {
  const key = session?.userId ?? addressOf(request, node.config.trustProxy);
  const state = await node.limiter.hit(LIMITS.read, key);
  if (!state.allowed) throw new RefusedError("Too many requests. Try again later.", 429, "RATE_LIMITED");
}

/** What a client may ask over its socket. Each answer goes to the ack; an error becomes `{error: problem}` there. */
export function createRequests(node: Node) {
  const caller = node.broker as unknown as Caller;

  const limit = ({ data, request }: LiveSocket) => limitLive(node, request, data.session);

  return {
    async watch(socket: LiveSocket, payload: unknown) {
      await limit(socket);
      const { username } = parseInput(WatchInput, payload);
      const { id } = await call(caller, "users.byUsername", { username });
      if (socket.data.watched.size >= MOST_WATCHED && !socket.data.watched.has(id)) {
        throw new RefusedError(`A connection can watch ${MOST_WATCHED} profiles`, 422, "TOO_MANY_WATCHED");
      }
      socket.data.watched.add(id);
      await socket.join(rooms.watch(id));
      return { ok: true };
    },

    async unwatch(socket: LiveSocket, payload: unknown) {
      await limit(socket);
      const { username } = parseInput(WatchInput, payload);
      const { id } = await call(caller, "users.byUsername", { username });
      socket.data.watched.delete(id);
      await socket.leave(rooms.watch(id));
      return { ok: true };
    },

    async sync(socket: LiveSocket, payload: unknown) {
      await limit(socket);
      const { session } = socket.data;
      if (!session) throw new UnauthorizedError("Only a connection with a token has a feed to sync");
      const after = normalizeId(parseInput(SyncInput, payload).after)!;
      return call(caller, "timeline.sync", { userId: session.userId, after });
    },
  };
}
