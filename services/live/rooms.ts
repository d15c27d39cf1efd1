import type { FollowRecord } from "../../contract/records.ts";

/** The names of socket.io's rooms. */
export const rooms = {
  /** Every connection of a user: their notifications. */
  user: (userId: string) => `user:${userId}`,
  session: (sessionId: string) => `session:${sessionId}`,
  /** The connections of an author and of the author's followers: the author's tweets. */
  author: (authorId: string) => `author:${authorId}`,
  /** The connections of followers whom the author's tweets notify. */
  notify: (authorId: string) => `notify:${authorId}`,
  /** The connections that watch a profile. */
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

/** Whether a room depends on follows: an unfollow takes connections out of such a room. */
export function isFollowRoom(room: string): boolean {
  return room.startsWith("author:") || room.startsWith("notify:");
}
