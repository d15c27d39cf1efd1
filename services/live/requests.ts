import type { z } from "zod";
import { call } from "../../contract/call.ts";
import { LIVE_REQUESTS, type LiveRequestName, WATCHED_LIMIT } from "../../contract/live.ts";
import { RefusedError, UnauthorizedError } from "../../lib/errors.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import type { Node } from "../../seams/node.ts";
import { LIMITS } from "../gateway/limits.ts";
import type { Presenter } from "../gateway/present.ts";
import { reportProblem } from "../gateway/problems.ts";
import { parseInput } from "../gateway/request.ts";
import { limitLive, type LimitParts } from "./admission.ts";
import type { LiveSocket } from "./connections.ts";
import type { Peers } from "./engine/peers.ts";
import { watchRoom } from "./rooms.ts";
import { createTurns } from "./turns.ts";

/** Each point of the limit pays for this much of a feed. */
const POINT_BYTES = 32 * 1024;

type Requests = typeof LIVE_REQUESTS;

/** Answers a kind of request. */
type Handle<N extends LiveRequestName> = (
  socket: LiveSocket,
  input: z.infer<Requests[N]["input"]>,
) => Promise<z.infer<Requests[N]["answer"]>>;

/** The requests of clients, by name. The ack gets the answer, or `{error: problem}`. */
export function createRequests(parts: LimitParts & Pick<Node, "broker">, present: Presenter, peers: Peers) {
  const { broker, limiter } = parts;
  const takeTurn = createTurns(peers);

  const handlers: { [N in LiveRequestName]: Handle<N> } = {
    async watch(socket, { username }) {
      const { id } = await call(broker, "users.byUsername", { username });
      const watched = (socket.data.watched ??= new Set());
      if (watched.size >= WATCHED_LIMIT && !watched.has(id)) {
        throw new RefusedError(`A connection can watch at most ${WATCHED_LIMIT} profiles`, 422, "TOO_MANY_WATCHED");
      }
      watched.add(id);
      await socket.join(watchRoom(id));
      return { ok: true };
    },

    async unwatch(socket, { username }) {
      const { id } = await call(broker, "users.byUsername", { username });
      socket.data.watched?.delete(id);
      await socket.leave(watchRoom(id));
      return { ok: true };
    },

    async sync({ data: { session } }, input) {
      if (!session) throw new UnauthorizedError("Only a connection with a token has a feed to sync");
      const { userId } = session;
      const after = normalizeId(input.after)!;
      const { tweets, bytes, more } = await call(broker, "timeline.sync", { userId, after });
      // This answer is given all the same: if there are too few points left, the next request is refused.
      if (bytes >= POINT_BYTES) await limiter.hit(LIMITS.read, userId, Math.floor(bytes / POINT_BYTES));
      return { tweets: tweets.map(present.tweet), more };
    },
  };

  function receive<I>(
    name: LiveRequestName,
    input: z.ZodType<I>,
    handle: (socket: LiveSocket, input: I) => Promise<object>,
  ) {
    // socket.io calls this with the socket as `this` and the client's arguments. The ack is last, if there is one.
    return function (this: LiveSocket, ...args: unknown[]): void {
      const ack = args.at(-1);
      // Read the payload now: while it waits for its turn, it may take megabytes.
      const read = reading(input, typeof args[0] === "function" ? undefined : args[0]);
      const reply = (answer: unknown) => {
        if (typeof ack === "function") (ack as (answer: unknown) => void)(answer);
      };
      takeTurn(this, {
        answer: reply,
        handle: async () => {
          const { address, session } = this.data;
          const answer = limitLive(parts, address, session).then(() => handle(this, read()));
          const found = await answer.catch((error: unknown) => ({
            error: reportProblem(broker.logger, `The live request ${name}`, error),
          }));
          reply(found);
        },
      });
    };
  }

  const { watch, unwatch, sync } = LIVE_REQUESTS;
  return {
    watch: receive("watch", watch.input, handlers.watch),
    unwatch: receive("unwatch", unwatch.input, handlers.unwatch),
    sync: receive("sync", sync.input, handlers.sync),
  } satisfies Record<LiveRequestName, unknown>;
}

/** Validates at once, and tells later. @returns a function that returns the input, or throws why it is refused */
function reading<S extends z.ZodType>(schema: S, payload: unknown): () => z.infer<S> {
  try {
    const input = parseInput(schema, payload);
    return () => input;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
