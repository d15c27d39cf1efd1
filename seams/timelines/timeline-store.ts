/** One page of a home list. */
export interface TimelineSlice {
  /** Newest first, without duplicates. */
  ids: string[];
  /** The oldest id in the list, null when the list is empty. */
  tail: string | null;
  /** Whether the list reaches back to the beginning of the feed; if not, the store has more below `tail`. */
  complete: boolean;
  /** Identifies this build of the list; changes with each {@link TimelineStore.begin}. */
  version: string;
}

/**
 * The home lists of active users: ids of tweets, newest first, bounded in number and in time. The lists are only a
 * cache: any list may vanish at any time and is then rebuilt from the store. Two implementations, in memory and Redis,
 * pass the same contract tests.
 *
 * A list is built in three steps, so that no push is lost meanwhile: {@link begin} creates the list, which from then on
 * takes pushes but can't be read; the builder reads the store; {@link fill} merges the result.
 */
export interface TimelineStore {
  /** Inserts one id into the list of each user who has one, in the order of ids, without duplicates. */
  push(id: string, userIds: readonly string[]): Promise<void>;
  /**
   * @param range ids below `before`, at most `limit`
   * @returns null when the user has no list, or one that is still being built
   */
  read(userId: string, range: { before?: string | undefined; limit: number }): Promise<TimelineSlice | null>;
  /** @returns a token for {@link fill}, or null when the list is ready or another builder has begun a moment ago */
  begin(userId: string): Promise<string | null>;
  /**
   * Merges `ids` into the list and makes it readable.
   *
   * @param complete whether `ids` reach back to the beginning of the feed
   * @returns false when the list was dropped since `begin`
   */
  fill(userId: string, token: string, ids: readonly string[], complete: boolean): Promise<boolean>;
  /** Deletes the lists, also those being built. */
  drop(userIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface TimelineStoreOptions {
  /** Maximum number of ids in a list. */
  length: number;
  /** Lifetime of a list from {@link TimelineStore.begin}. */
  ttlSeconds: number;
}

/** After this time, another builder may begin, because the first one has probably died. */
export const BUILD_LIMIT_SECONDS = 30;
