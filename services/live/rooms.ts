import type { FollowRecord } from "../../contract/actions.ts";

/** The rooms of socket.io: each name is made here and nowhere else. */
export const rooms = {
  /** Every connection of a user: their notifications. */
  user: (userId: string) => `user:${userId}`,
  session: (sessionId: string) => `session:${sessionId}`,
  /** Whoever gets an author's tweets because they follow, or are, the author. */
  author: (authorId: string) => `author:${authorId}`,
  /** Whoever is notified of an author's tweets. */
  notify: (authorId: string) => `notify:${authorId}`,
  /** Whoever watches a profile. */
  watch: (authorId: string) => `watch:${authorId}`,
};

/** The rooms in which a user's connection belongs. */
export function roomsOf(userId: string, sessionId: string, follows: readonly FollowRecord[]): string[] {
  return [
    rooms.user(userId),
    rooms.session(sessionId),
    rooms.author(userId),
    ...follows.flatMap(({ followeeId, notify }) =>
      notify ? [rooms.author(followeeId), rooms.notify(followeeId)] : [rooms.author(followeeId)],
    ),
  ];
}

/** Whether a room comes from follows, so that a look at the graph may take a connection out of it. */
export function isFollowRoom(room: string): boolean {
  return room.startsWith("author:") || room.startsWith("notify:");
}
