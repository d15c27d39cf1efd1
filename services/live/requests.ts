import { z } from "zod";
import { call } from "../../contract/call.ts";
import { RefusedError, UnauthorizedError } from "../../lib/errors.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import type { Node } from "../../seams/node.ts";
import type { Presenter } from "../gateway/present.ts";
import { reportProblem } from "../gateway/problems.ts";
import { parseInput } from "../gateway/request.ts";
import { limitLive, type LimitParts } from "./admission.ts";
import type { LiveSocket } from "./connections.ts";
import { rooms } from "./rooms.ts";

/** The most profiles that one connection may watch. */
const WATCHED_LIMIT = 100;

const WatchInput = z.strictObject({ username: z.string().max(100) });
const SyncInput = z.strictObject({
  after: z.string().refine((text) => normalizeId(text) !== null, "must be an id: a decimal number of at most 64 bits"),
});

/** The requests of clients, by name. The ack gets the answer, or `{error: problem}`. */
export function createRequests(parts: LimitParts & Pick<Node, "broker">, present: Presenter) {
  const { broker } = parts;

  const limit = ({ data, request }: LiveSocket) => limitLive(parts, request, data.session);

  const requests = {
    async watch(socket: LiveSocket, payload: unknown) {
      await limit(socket);
      const { username } = parseInput(WatchInput, payload);
      const { id } = await call(broker, "users.byUsername", { username });
      if (socket.data.watched.size >= WATCHED_LIMIT && !socket.data.watched.has(id)) {
        throw new RefusedError(`A connection can watch at most ${WATCHED_LIMIT} profiles`, 422, "TOO_MANY_WATCHED");
      }
      socket.data.watched.add(id);
      await socket.join(rooms.watch(id));
      return { ok: true };
    },

    async unwatch(socket: LiveSocket, payload: unknown) {
      await limit(socket);
      const { username } = parseInput(WatchInput, payload);
      const { id } = await call(broker, "users.byUsername", { username });
      socket.data.watched.delete(id);
      await socket.leave(rooms.watch(id));
      return { ok: true };
    },

    async sync(socket: LiveSocket, payload: unknown) {
      await limit(socket);
      const { session } = socket.data;
      if (!session) throw new UnauthorizedError("Only a connection with a token has a feed to sync");
      const after = normalizeId(parseInput(SyncInput, payload).after)!;
      const { tweets, more } = await call(broker, "timeline.sync", { userId: session.userId, after });
      return { tweets: tweets.map(present.tweet), more };
    },
  };

  return Object.fromEntries(
    Object.entries(requests).map(([name, handle]) => [
      name,
      // socket.io calls this with the socket as `this` and the client's arguments. The ack is last, if there is one.
      async function (this: LiveSocket, ...args: unknown[]) {
        const ack = args.at(-1);
        const payload = typeof args[0] === "function" ? undefined : args[0];
        const reply = await handle(this, payload).catch((error: unknown) => ({
          error: reportProblem(broker.logger, `The live request ${name}`, error),
        }));
        if (typeof ack === "function") (ack as (reply: unknown) => void)(reply);
      },
    ]),
  );
}
