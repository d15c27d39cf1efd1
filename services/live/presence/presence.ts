/**
 * Who is here: the users with at least one open socket on any gateway node. A node that dies takes its users with it
 * after {@link PRESENCE_TTL}. Two implementations, in memory and Redis, pass the same contract tests.
 */
export interface Presence {
  /** The user has the first open socket on this node. */
  arrive(userId: string): Promise<void>;
  /** The user's last socket on this node is closed. */
  leave(userId: string): Promise<void>;
  /** Which of these users have no socket on any node. @throws when the presence store does not answer */
  away(userIds: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

/** How long the users of a node that stopped answering still count as present, in seconds. */
export const PRESENCE_TTL = 6;
