/**
 * The users with open sockets on any gateway node, and the departure times of other users. The users of a node that
 * dies count as absent after {@link PRESENCE_TTL_SECONDS}. Two implementations, in memory and Redis, pass the same
 * contract tests.
 */
export interface Presence {
  /** Call when the user's first socket on this node has opened. */
  arrive(userId: string): Promise<void>;
  /** Call when the user's last socket on this node has closed. */
  leave(userId: string): Promise<void>;
  /**
   * Tells when each user was last present. The user has received all events before that time on a socket.
   *
   * @returns milliseconds since 1970, in the order of the ids; Infinity for users with a socket on any node, -Infinity
   *   for users without a socket and without a known departure (departures are forgotten after
   *   {@link DEPARTURE_TTL_SECONDS})
   * @throws when the presence store does not answer
   */
  lastHere(userIds: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

/** The users of a node that no longer answers still count as present for this long. */
export const PRESENCE_TTL_SECONDS = 6;

/**
 * Departures are remembered for this long. A notification of an earlier event that is sent even later is late anyway.
 */
export const DEPARTURE_TTL_SECONDS = 600;
