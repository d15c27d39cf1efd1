import type { MediaUser } from "../../contract/actions.ts";
import { call, type Caller } from "../../contract/call.ts";
import { timeOf } from "../../lib/snowflake.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";

/** A use of a medium. */
export interface UseDoc {
  /** `mediaId:by` */
  _id: string;
  mediaId: string;
  /** A tweet's id, or `avatar:` and a user's id. */
  by: string;
}

export const USES: CollectionSpec = {
  name: "media_uses",
  indexes: [{ fields: { by: 1 } }, { fields: { mediaId: 1 } }],
};

/**
 * A use is recorded before its tweet is written. A tweet that is missing after this long is not on its way any more.
 */
const GRACE_MS = 600_000;
/** Each call of the check reads this many uses. */
const PAGE = 500;

const AVATAR = "avatar:";

function keyOf(by: MediaUser): string {
  return "tweetId" in by ? by.tweetId : AVATAR + by.profileId;
}

/** Keeps the uses of media by tweets and profiles. */
export function createUses(uses: Collection<UseDoc>) {
  return {
    /** Records a use. Safe to repeat. */
    async note(mediaId: string, by: MediaUser): Promise<void> {
      const key = keyOf(by);
      await insertIfFree(uses, { _id: `${mediaId}:${key}`, mediaId, by: key });
    },

    async drop(mediaId: string, by: MediaUser): Promise<void> {
      await uses.removeById(`${mediaId}:${keyOf(by)}`);
    },

    isUsed: async (mediaId: string): Promise<boolean> =>
      (await uses.count({ query: { mediaId }, limit: 1, fresh: true })) > 0,

    /** The ids of the media that a tweet or a profile uses. */
    usedBy: async (by: MediaUser): Promise<string[]> =>
      (await uses.find({ query: { by: keyOf(by) }, fresh: true })).map(({ mediaId }) => mediaId),
  };
}

export type Uses = ReturnType<typeof createUses>;

/**
 * Looks for uses whose tweet or profile does not use the medium any more: the message that should have dropped such a
 * use may have been lost. Each call checks one page of uses, starting from the end of the last page.
 *
 * @param release is called for each such tweet or profile; `except` is the medium that a profile still uses
 */
export function createUseCheck(
  uses: Collection<UseDoc>,
  caller: Caller,
  release: (user: { by: MediaUser; except?: string | undefined }) => Promise<void>,
) {
  let after = "";

  async function checkTweets(found: UseDoc[]): Promise<void> {
    const ids = [...new Set(found.map(({ by }) => by))].filter((by) => !by.startsWith(AVATAR));
    if (ids.length === 0) return;
    const tweets = await call(caller, "tweets.getMany", { ids, fresh: true });
    for (const [index, tweetId] of ids.entries()) {
      if (tweets[index] === null && timeOf(tweetId) < Date.now() - GRACE_MS) await release({ by: { tweetId } });
    }
  }

  async function checkProfiles(found: UseDoc[]): Promise<void> {
    const avatars = found.filter(({ by, mediaId }) => by.startsWith(AVATAR) && timeOf(mediaId) < Date.now() - GRACE_MS);
    if (avatars.length === 0) return;
    const owners = avatars.map(({ by }) => by.slice(AVATAR.length));
    const users = await call(caller, "users.refs", { ids: owners, fresh: true });
    for (const [index, { mediaId }] of avatars.entries()) {
      const current = users[index]?.avatarId ?? undefined;
      if (current !== mediaId) await release({ by: { profileId: owners[index]! }, except: current });
    }
  }

  return async (): Promise<void> => {
    const found = await uses.find({ query: { _id: { $gt: after } }, sort: ["_id"], limit: PAGE });
    await checkTweets(found);
    await checkProfiles(found);
    after = found.length < PAGE ? "" : found.at(-1)!._id;
  };
}
