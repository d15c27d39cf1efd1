import { z } from "zod";
import { call } from "../../contract/call.ts";
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

/** The most profiles that one connection may watch. */
const WATCHED_LIMIT = 100;

const WatchInput = z.strictObject({ username: z.string().max(100) });
const SyncInput = z.strictObject({
  after: z.string().refine((text) => normalizeId(text) !== null, "must be an id: a decimal number of at most 64 bits"),
});

/** Each point of the limit pays for this much of a feed. */
const POINT_BYTES = 32 * 1024;

/** A kind of request: how its payload is read, and how it is answered. */
interface Request<S extends z.ZodType> {
  input: S;
  handle: (socket: LiveSocket, input: z.infer<S>) => Promise<object>;
}

/** The requests of clients, by name. The ack gets the answer, or `{error: problem}`. */
export function createRequests(parts: LimitParts & Pick<Node, "broker">, present: Presenter, peers: Peers) {
  const { broker, limiter } = parts;
  const takeTurn = createTurns(peers);

  const watch: Request<typeof WatchInput> = {
    input: WatchInput,
    async handle(socket, { username }) {
      const { id } = await call(broker, "users.byUsername", { username });
      const watched = (socket.data.watched ??= new Set());
      if (watched.size >= WATCHED_LIMIT && !watched.has(id)) {
        throw new RefusedError(`A connection can watch at most ${WATCHED_LIMIT} profiles`, 422, "TOO_MANY_WATCHED");
      }
      watched.add(id);
      await socket.join(watchRoom(id));
      return { ok: true };
    },
  };

  const unwatch: Request<typeof WatchInput> = {
    input: WatchInput,
    async handle(socket, { username }) {
      const { id } = await call(broker, "users.byUsername", { username });
      socket.data.watched?.delete(id);
      await socket.leave(watchRoom(id));
      return { ok: true };
    },
  };

  const sync: Request<typeof SyncInput> = {
    input: SyncInput,
    async handle({ data: { session } }, input) {
      if (!session) throw new UnauthorizedError("Only a connection with a token has a feed to sync");
      const { userId } = session;
      const after = normalizeId(input.after)!;
      const { tweets, bytes, more } = await call(broker, "timeline.sync", { userId, after });
      // This answer is given all the same: if there are too few points left, the next request is refused.
      if (bytes >= POINT_BYTES) await limiter.hit(LIMITS.read, userId, Math.floor(bytes / POINT_BYTES));
      return { tweets: tweets.map(present.tweet), more };
    },
  };

  function receive<S extends z.ZodType>(name: string, { input, handle }: Request<S>) {
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

  return {
    watch: receive("watch", watch),
    unwatch: receive("unwatch", unwatch),
    sync: receive("sync", sync),
  };
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
