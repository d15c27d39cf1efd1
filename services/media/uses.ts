import { type Collection, type CollectionSpec, DuplicateKeyError } from "../../seams/collections/collection.ts";
import { timeOf } from "../../lib/snowflake.ts";
import { call, type Caller } from "../../contract/actions.ts";

/** That something uses a medium. */
export interface UseDoc {
  /** `mediaId:by` */
  _id: string;
  mediaId: string;
  /** A tweet's id, or `avatar:` and a user's. */
  by: string;
}

export const USES: CollectionSpec = {
  name: "media_uses",
  indexes: [{ fields: { by: 1 } }, { fields: { mediaId: 1 } }],
};

/** A use is noted before its tweet is written; a tweet that is not there after this long (ms) never will be. */
const GRACE = 600_000;
/** How many uses one step of the check looks at. */
const PAGE = 500;

const AVATAR = "avatar:";

/** Who uses a medium when it is a user's picture. */
export function avatarOf(userId: string): string {
  return AVATAR + userId;
}

/** Notes a use; safe to repeat. */
export async function noteUse(uses: Collection<UseDoc>, mediaId: string, by: string): Promise<void> {
  try {
    await uses.insert({ _id: `${mediaId}:${by}`, mediaId, by });
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
  }
}

/**
 * Looks for uses whose tweet or avatar is gone: the net under the message that tells of it. Each step takes a page and
 * goes on where the last one ended.
 *
 * @param release told of each that uses nothing (or, for an avatar, nothing but `except`) any more
 */
export function createUseCheck(
  uses: Collection<UseDoc>,
  caller: Caller,
  release: (by: string, except?: string) => Promise<void>,
) {
  let after = "";

  async function checkTweets(found: UseDoc[]): Promise<void> {
    const ids = [...new Set(found.map(({ by }) => by))].filter((by) => !by.startsWith(AVATAR));
    if (ids.length === 0) return;
    const tweets = await call(caller, "tweets.getMany", { ids, fresh: true });
    for (const [index, id] of ids.entries()) {
      if (tweets[index] === null && timeOf(id) < Date.now() - GRACE) await release(id);
    }
  }

  async function checkAvatars(found: UseDoc[]): Promise<void> {
    const avatars = found.filter(({ by, mediaId }) => by.startsWith(AVATAR) && timeOf(mediaId) < Date.now() - GRACE);
    if (avatars.length === 0) return;
    const owners = avatars.map(({ by }) => by.slice(AVATAR.length));
    const users = await call(caller, "users.refs", { ids: owners, fresh: true });
    for (const [index, { by, mediaId }] of avatars.entries()) {
      const current = /\/media\/(\d+)\//.exec(users[index]?.avatarUrl ?? "")?.[1];
      if (current !== mediaId) await release(by, current);
    }
  }

  return async (): Promise<void> => {
    const found = await uses.find({ query: { _id: { $gt: after } }, sort: ["_id"], limit: PAGE });
    await checkTweets(found);
    await checkAvatars(found);
    after = found.length < PAGE ? "" : found.at(-1)!._id;
  };
}
