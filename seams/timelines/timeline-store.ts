/** The part of a home list that was asked for. */
export interface TimelineSlice {
  /** Newest first, each once. */
  ids: string[];
  /** The oldest id that the list holds, null when it holds none. */
  tail: string | null;
  /** The list goes back to the beginning of the feed; otherwise the store has more below `tail`. */
  complete: boolean;
  /** Names this building of the list: a new one after each {@link TimelineStore.begin}. */
  version: string;
}

/**
 * The home lists of active users: ids of tweets, newest first, a bounded number each, for a bounded time. Only ever a
 * cache: any list may vanish at any time, and is then built again from the store. Two implementations, in memory and
 * Redis, pass the same contract tests.
 *
 * A list is made in three steps, so that nothing pushed meanwhile is lost: {@link begin} makes it (from then on it
 * takes pushes, but can't be read), the builder reads the store, {@link fill} merges what it found.
 */
export interface TimelineStore {
  /** Puts one id onto the lists of many users, those that exist; in its place by id, once. */
  push(id: string, userIds: readonly string[]): Promise<void>;
  /**
   * @param range ids below `before`, at most `limit`
   * @returns null when the user has no list that is ready
   */
  read(userId: string, range: { before?: string | undefined; limit: number }): Promise<TimelineSlice | null>;
  /** @returns a token for {@link fill}, or null when somebody else has begun a moment ago or the list is ready */
  begin(userId: string): Promise<string | null>;
  /**
   * Merges `ids` in and makes the list ready.
   *
   * @param complete whether `ids` go back to the beginning of the feed
   * @returns false when the list was dropped since `begin`
   */
  fill(userId: string, token: string, ids: readonly string[], complete: boolean): Promise<boolean>;
  /** Takes the lists away, also those being built. */
  drop(userIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface TimelineStoreOptions {
  /** How many ids a list keeps. */
  length: number;
  /** How long a list lives from its making, in seconds. */
  ttl: number;
}

/** How long a building may take before another may begin, in seconds. */
export const BUILD_TIME = 30;
