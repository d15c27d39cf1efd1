/**
 * Who is here, and until when who has left was: the users with open sockets on any gateway node. A node that dies takes
 * its users with it after {@link PRESENCE_TTL}. Two implementations, in memory and Redis, pass the same contract tests.
 */
export interface Presence {
  /** The user has the first open socket on this node. */
  arrive(userId: string): Promise<void>;
  /** The user's last socket on this node is closed. */
  leave(userId: string): Promise<void>;
  /**
   * When each of these users was here last: what happened before that, they got on their socket.
   *
   * @returns milliseconds since 1970 in the order asked; Infinity for those who have a socket on some node, -Infinity
   *   for those who have not, and of whom no node knows (any more, after {@link LEFT_FOR}) that they ever had
   * @throws when the presence store does not answer
   */
  lastHere(userIds: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

/** How long the users of a node that stopped answering still count as present, in seconds. */
export const PRESENCE_TTL = 6;

/** For how long it is known when somebody left, in seconds: what is told later than that is told late anyway. */
export const LEFT_FOR = 600;
