import type { ServiceSchema } from "moleculer";
import { ConflictError, InvalidError, messageOf, NotFoundError } from "../../lib/errors.ts";
import { idAt } from "../../lib/snowflake.ts";
import { findThrough, loadFrom } from "../../seams/cache/cache.ts";
import { DuplicateKeyError } from "../../seams/collections/collection.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { actionsOf, type MediaFile, type Params } from "../../contract/actions.ts";
import { eventsOf } from "../../contract/events.ts";
import type { Node } from "../../seams/node.ts";
import { MEDIA, type MediaDoc, previewKey, toMedia } from "./media-doc.ts";
import { createQuota, sizeOf, USAGE, type UsageDoc } from "./quota.ts";
import { createUseCheck, noteUse, type UseDoc, USES } from "./uses.ts";

/** How many media one sweep removes. */
const SWEEP_LIMIT = 200;

/** What is known of pictures and videos, who uses them, and when they go. Their bytes go past it: see upload.ts. */
export default function mediaService(node: Node): ServiceSchema {
  const { broker, config, ids } = node;
  const media = node.collection<MediaDoc>(MEDIA);
  const uses = node.collection<UseDoc>(USES);
  const usage = node.collection<UsageDoc>(USAGE);
  const files = node.cache<MediaFile>({ name: "media", ttl: 3600, max: 20_000 });
  const quota = createQuota(usage, media, config.mediaQuota);
  const checkUses = createUseCheck(uses, broker, release);
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();

  async function insert(params: Params<"media.begin">): Promise<string> {
    for (;;) {
      try {
        return (await media.insert({ _id: ids.next(), ...params, state: "pending", used: false }))._id;
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
      }
    }
  }

  /** Removes a medium that nothing uses. Whatever step it dies at, the next sweep goes on. */
  async function remove(id: string): Promise<void> {
    const doc = await media.updateById(id, { $set: { state: "going" } });
    if (!doc) return;
    // Uses are noted before the state is looked at, and here it is the other way round: one of both sees the other.
    if ((await uses.count({ query: { mediaId: id }, limit: 1, fresh: true })) > 0) {
      await media.updateById(id, { $set: { state: "ready", used: true } });
      return;
    }
    await files.put(id, null);
    await Promise.all([node.media.delete(id), node.media.delete(previewKey(id))]);
    if ((await media.removeById(id)) > 0) await quota.free(doc.ownerId, sizeOf(doc));
  }

  /** @param keep the media stay as if they had never been used */
  async function release(by: string, except?: string, keep = false): Promise<void> {
    for (const { mediaId } of await uses.find({ query: { by }, fresh: true })) {
      if (mediaId === except) continue;
      await uses.removeById(`${mediaId}:${by}`);
      if ((await uses.count({ query: { mediaId }, limit: 1, fresh: true })) > 0) continue;
      if (keep) await media.updateById(mediaId, { $set: { used: false } });
      else await remove(mediaId);
    }
  }

  async function use({ ids: wanted, ownerId, by, field }: Params<"media.use">): Promise<MediaDoc[]> {
    if (new Set(wanted).size < wanted.length) throw new InvalidError([{ field, message: "names a medium twice" }]);
    const mine = new Set(
      (await media.findByIds(wanted, { fresh: true })).filter((doc) => doc.ownerId === ownerId).map(({ _id }) => _id),
    );
    const missing = () => new InvalidError([{ field, message: "names a medium that is not there, or another's" }]);
    if (wanted.some((id) => !mine.has(id))) throw missing();
    const found: MediaDoc[] = [];
    for (const id of wanted) {
      await noteUse(uses, id, by);
      const doc = await media.updateOne({ _id: id, state: "ready" }, { $set: { used: true } });
      if (!doc) {
        // It goes, or is not whole yet. The others' uses are noticed to be of nothing later.
        await uses.removeById(`${id}:${by}`);
        throw missing();
      }
      found.push(doc);
    }
    return found;
  }

  async function sweep(): Promise<void> {
    const unused = { used: false, _id: { $lt: idAt(Date.now() - config.mediaUnusedTtl * 1000) } };
    for (const query of [unused, { state: "going" }]) {
      for (const { _id } of await media.find({ query, limit: SWEEP_LIMIT })) await remove(_id);
    }
    await checkUses();
  }

  const load = loadFrom(media, (doc) => (doc.state === "ready" ? toFile(doc) : null));

  return {
    name: "media",
    mixins: [storeMixin(media, uses, usage)],
    actions: actionsOf("media", {
      async begin(ctx) {
        await quota.reserve(ctx.params.ownerId, sizeOf(ctx.params));
        return { id: await insert(ctx.params) };
      },

      async finish(ctx) {
        const doc = await media.updateOne({ _id: ctx.params.id, state: "pending" }, { $set: { state: "ready" } });
        if (!doc) throw new NotFoundError("The upload took too long and is gone");
        return toMedia(doc);
      },

      async describe(ctx) {
        const { id, ownerId, alt } = ctx.params;
        const doc = await media.updateOne({ _id: id, ownerId, state: "ready", used: false }, { $set: { alt } });
        if (doc) return toMedia(doc);
        const [found] = await media.findByIds([id], { fresh: true });
        if (found?.ownerId !== ownerId || found.state !== "ready")
          throw new NotFoundError("There is no such upload of yours");
        throw new ConflictError("It is used already: what is published keeps its words");
      },

      abandon: (ctx) => remove(ctx.params.id),
      use: async (ctx) => (await use(ctx.params)).map(toMedia),
      release: (ctx) => release(ctx.params.by, ctx.params.except, ctx.params.keep),

      async file(ctx) {
        const found = await findThrough(files, ctx.params.id, load, media);
        if (!found) throw new NotFoundError("There is no such picture or video");
        return found;
      },
    }),
    events: eventsOf({
      "tweet.deleted": async ({ id }) => {
        await release(id).catch((error: unknown) => {
          broker.logger.warn(`The media of tweet ${id} stay until they are swept:`, messageOf(error));
        });
      },
    }),
    started() {
      timer = setInterval(() => {
        sweeping = sweeping.then(sweep).catch((error: unknown) => {
          broker.logger.warn("Unused media could not be swept, trying again:", messageOf(error));
        });
      }, config.mediaSweepEvery * 1000);
    },
    async stopped() {
      clearInterval(timer);
      await sweeping;
      await files.close();
    },
  };
}

function toFile({ _id, contentType, bytes, previewBytes }: MediaDoc): MediaFile {
  return { id: _id, contentType, bytes, previewBytes };
}
