import type { ServiceBroker } from "moleculer";
import { call, type Caller, type Params } from "../../contract/call.ts";
import type { MediaRecord, ProfileRecord, UserRecord } from "../../contract/records.ts";
import { InvalidError, NotFoundError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import { type Cache, loadFrom, readThrough } from "../../seams/cache/cache.ts";
import type { Collection, ReadOptions } from "../../seams/collections/collection.ts";
import { findOrAskPrimary } from "../../seams/collections/primary.ts";
import type { Leases } from "../../seams/leases/leases.ts";
import { keysOf } from "./people.ts";
import { toRecord, type UserDoc } from "./user-doc.ts";
import { usernameKey } from "./usernames.ts";

interface ProfileParts {
  users: Collection<UserDoc>;
  cache: Cache<UserRecord>;
  logger: ServiceBroker["logger"];
  leases: Pick<Leases, "revoke">;
}

/** Users as others see them. */
export function createProfiles({ users, cache, logger, leases }: ProfileParts) {
  const load = loadFrom(users, toRecord);

  /** @throws NotFoundError */
  async function find(id: string, { fresh }: ReadOptions = {}): Promise<UserDoc> {
    const user = await findOrAskPrimary(users, (options) => users.findById(id, { fresh, ...options }));
    if (!user) throw new NotFoundError("There is no such user");
    return user;
  }

  /** Records the use of the picture before the profile names the picture, so that a sweep in between keeps the file. */
  async function useAvatar(caller: Caller, userId: string, mediaId: string): Promise<MediaRecord> {
    const field = "avatar";
    const id = normalizeId(mediaId);
    if (id === null) throw new InvalidError([{ field, message: "must be the id of an uploaded picture" }]);
    const by = { profileId: userId };
    const [picture] = await call(caller, "media.use", { ids: [id], ownerId: userId, by, field, type: "image" });
    return picture!;
  }

  async function view(caller: Caller, user: UserDoc, viewerId?: string): Promise<ProfileRecord> {
    const userId = user._id;
    const [counts, tweetsCount, viewer] = await Promise.all([
      call(caller, "graph.counts", { userId }),
      call(caller, "tweets.count", { authorId: userId }),
      viewerId === undefined || viewerId === userId ? undefined : call(caller, "graph.relation", { viewerId, userId }),
    ]);
    return {
      ...toRecord(user),
      bio: user.bio,
      tweetsCount,
      followersCount: counts.followers,
      followingCount: counts.following,
      ...(viewer && { viewer }),
    };
  }

  return {
    view,

    viewById: async (caller: Caller, { id, viewerId }: Params<"users.view">) => view(caller, await find(id), viewerId),

    async refs({ ids, fresh }: Params<"users.refs">): Promise<(UserRecord | null)[]> {
      const found = await (fresh ? load(ids, { fresh }) : readThrough(cache, ids, load, users));
      return found.map((user) => user ?? null);
    },

    /** @throws NotFoundError */
    async byUsername({ username }: Params<"users.byUsername">): Promise<UserRecord> {
      const query = { usernameKey: usernameKey(username) };
      const user = await findOrAskPrimary(users, (options) => users.findOne(query, options));
      if (!user) throw new NotFoundError(`There is no user ${username}`);
      return toRecord(user);
    },

    async idsByUsernames({ usernames }: Params<"users.idsByUsernames">): Promise<string[]> {
      const keys = [...new Set(usernames.map(usernameKey))];
      // From the primary: the ids are written into a tweet for good.
      return (await users.findFields({ query: { usernameKey: { $in: keys } }, fresh: true }, [])).map(({ _id }) => _id);
    },

    /** @throws InvalidError, NotFoundError */
    async update(caller: Caller, { id, displayName, bio, avatar }: Params<"users.update">): Promise<ProfileRecord> {
      const picture = avatar == null ? avatar : await useAvatar(caller, id, avatar);
      const changes = {
        ...(displayName !== undefined && { displayName, ...keysOf({ ...(await find(id)), displayName }) }),
        ...(bio !== undefined && { bio }),
        ...(picture !== undefined && { avatarId: picture?.id ?? null }),
      };
      const user = Object.keys(changes).length > 0 ? await users.updateById(id, { $set: changes }) : await find(id);
      if (!user) throw new NotFoundError("There is no such user");
      await nowOrSoon(logger, `renewing the cached name and picture of ${id}`, async () =>
        cache.put(id, toRecord(await find(id, { fresh: true }))),
      );
      await leases.revoke("users", [id]);
      if (picture !== undefined) {
        // The previous picture is not used any more. If its release fails, a later sweep removes the picture.
        const release = { by: { profileId: id }, except: picture?.id };
        void call(caller, "media.release", release).catch(() => undefined);
      }
      return view(caller, user);
    },
  };
}
