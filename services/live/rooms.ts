import type { LiveEventName, LivePayload } from "../../contract/live.ts";
import type { LiveServer } from "./connections.ts";

/** The room of the connections that watch a profile. */
export const watchRoom = (authorId: string): string => `watch:${authorId}`;

interface Broadcast {
  emit(event: string, ...payload: unknown[]): void;
}

/** The room that exists while something is sent. */
const AUDIENCE = "audience";

/** The ids of the connections that watch a profile. */
export function watching(io: LiveServer, authorId: string): Iterable<string> {
  return io.of("/").adapter.rooms.get(watchRoom(authorId)) ?? [];
}

/**
 * Sends an event to connections, encoded once for all of them. socket.io does that for rooms alone, so these connections
 * are a room for this moment.
 *
 * @param ids of connections
 * @param payload makes what is sent, unless there are no connections
 */
export function emitTo<N extends LiveEventName>(
  io: LiveServer,
  ids: ReadonlySet<string>,
  event: N,
  payload: () => LivePayload<N>,
): void {
  if (ids.size === 0) return;
  const { rooms } = io.of("/").adapter;
  rooms.set(AUDIENCE, ids as Set<string>);
  try {
    const sent = payload();
    // The types of socket.io can't tell the payloads of a generic event.
    (io.to(AUDIENCE) as unknown as Broadcast).emit(event, ...(sent === undefined ? [] : [sent]));
  } finally {
    rooms.delete(AUDIENCE);
  }
}
