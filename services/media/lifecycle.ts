import type { ServiceBroker } from "moleculer";
import type { MediaUser } from "../../contract/actions.ts";
import type { Params } from "../../contract/call.ts";
import { type MediaFile, previewKey } from "../../contract/records.ts";
import { ConflictError, InvalidError, NotFoundError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { idAt, type SnowflakeGenerator } from "../../lib/snowflake.ts";
import type { Cache } from "../../seams/cache/cache.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";
import type { MediaStorage } from "../../seams/files/storage.ts";
import { isPublic, type MediaDoc, toFile } from "./media-doc.ts";
import { type Quota, sizeOf } from "./quota.ts";
import type { Uses } from "./uses.ts";

/** One sweep removes at most this many media of each kind. */
const SWEEP_LIMIT = 200;

interface LifecycleParts {
  media: Collection<MediaDoc>;
  uses: Uses;
  quota: Quota;
  /** The files of media that anyone may fetch, by id. */
  served: Cache<MediaFile>;
  storage: MediaStorage;
  ids: SnowflakeGenerator;
  logger: ServiceBroker["logger"];
}

/** The life of a medium: reserved, ready, used, and removed once nothing uses the medium any more. */
export function createLifecycle({ media, uses, quota, served, storage, ids, logger }: LifecycleParts) {
  /** Removes a medium, unless something uses it. If the process dies half way, the next sweep finishes the removal. */
  async function remove(id: string): Promise<void> {
    const doc = await media.updateById(id, { $set: { state: "going" } });
    if (!doc) return;
    // `use` records a use, then reads the state; `remove` writes the state, then reads the uses. So when the two run at
    // the same time, at least one of them notices the other.
    if (await uses.isUsed(id)) {
      await media.updateById(id, { $set: { state: "ready", used: true } });
      return;
    }
    await served.put(id, null);
    await Promise.all([storage.delete(id), storage.delete(previewKey(id))]);
    if ((await media.removeById(id)) > 0) await quota.free(doc.ownerId, sizeOf(doc));
  }

  /** Fills the cache, because everyone who sees the tweet fetches the file next. */
  async function publish(doc: MediaDoc): Promise<void> {
    let known: MediaDoc | null = doc;
    await nowOrSoon(logger, `caching the medium ${doc._id}`, async () => {
      const current = known ?? (await media.findById(doc._id, { fresh: true }));
      known = null;
      if (current && isPublic(current)) await served.put(doc._id, toFile(current));
    });
  }

  /** Makes a medium its owner's alone again, unless something uses it meanwhile. */
  async function withdraw(id: string): Promise<void> {
    await media.updateById(id, { $set: { used: false } });
    await nowOrSoon(logger, `withdrawing the medium ${id}`, async () => {
      await served.put(id, null);
      // `use` records a use, then fills the cache. Whatever it did before this check is repeated here.
      const doc = (await uses.isUsed(id)) ? await media.updateById(id, { $set: { used: true } }) : null;
      if (doc && isPublic(doc)) await served.put(id, toFile(doc));
    });
  }

  /** Drops one use. A medium that nothing else uses is removed, or with `keep` its owner's alone again. */
  async function drop(id: string, by: MediaUser, { keep }: { keep?: boolean | undefined } = {}): Promise<void> {
    await uses.drop(id, by);
    if (await uses.isUsed(id)) return;
    if (keep) await withdraw(id);
    else await remove(id);
  }

  return {
    remove,

    /** @returns the new medium's id. @throws RefusedError when the medium does not fit into the owner's quota */
    async begin(params: Params<"media.begin">): Promise<string> {
      await quota.reserve(params.ownerId, sizeOf(params));
      for (;;) {
        const doc: MediaDoc = { _id: ids.next(), ...params, state: "pending", used: false };
        if ((await insertIfFree(media, doc)).inserted) return doc._id;
        // Two nodes drew the same id: draw again.
      }
    },

    /** @throws NotFoundError */
    async finish(id: string): Promise<MediaDoc> {
      const doc = await media.updateOne({ _id: id, state: "pending" }, { $set: { state: "ready" } });
      if (!doc) throw new NotFoundError("The upload took too long and is gone");
      return doc;
    },

    /** @throws NotFoundError, ConflictError */
    async describe({ id, ownerId, alt }: Params<"media.describe">): Promise<MediaDoc> {
      const doc = await media.updateOne({ _id: id, ownerId, state: "ready", used: false }, { $set: { alt } });
      if (doc) return doc;
      const [found] = await media.findByIds([id], { fresh: true });
      if (found?.ownerId !== ownerId || found.state !== "ready") {
        throw new NotFoundError("There is no such upload of yours");
      }
      throw new ConflictError("The medium is used already: published media keep their description");
    },

    /** Records the uses one by one. @returns the media in the order of `ids`. @throws InvalidError */
    async use({ ids: wanted, ownerId, by, field, type }: Params<"media.use">): Promise<MediaDoc[]> {
      const invalid = (message: string) => new InvalidError([{ field, message }]);
      if (new Set(wanted).size < wanted.length) throw invalid("names a medium twice");
      const found = await media.findByIds(wanted, { fresh: true });
      const own = new Map(found.filter((doc) => doc.ownerId === ownerId).map((doc) => [doc._id, doc]));
      const missing = () => invalid("names a medium that does not exist, or is another user's");
      if (wanted.some((id) => !own.has(id))) throw missing();
      if (type && wanted.some((id) => own.get(id)!.type !== type)) {
        throw invalid(type === "image" ? "must be a picture" : "must be a video");
      }
      const used: MediaDoc[] = [];
      for (const id of wanted) {
        await uses.note(id, by);
        const doc = await media.updateOne({ _id: id, state: "ready" }, { $set: { used: true } });
        if (!doc) {
          // The medium is being deleted or still uploading, so the others are not used either.
          await uses.drop(id, by);
          for (const { _id } of used) await drop(_id, by, { keep: true });
          throw missing();
        }
        used.push(doc);
      }
      await Promise.all(used.map(publish));
      return used;
    },

    /** Drops the uses by a tweet or a profile, and removes the media that nothing else uses (not with `keep`). */
    async release({ by, except, keep }: Params<"media.release">): Promise<void> {
      for (const id of await uses.usedBy(by)) if (id !== except) await drop(id, by, { keep });
    },

    /** Removes media older than `unusedTtlSeconds` that nothing uses, and media whose removal was interrupted. */
    async sweep(unusedTtlSeconds: number): Promise<void> {
      const unused = { used: false, _id: { $lt: idAt(Date.now() - unusedTtlSeconds * 1000) } };
      for (const query of [unused, { state: "going" }]) {
        for (const { _id } of await media.find({ query, limit: SWEEP_LIMIT })) await remove(_id);
      }
    },
  };
}
