import { actionsOf } from "../../contract/call.ts";
import { eventsOf } from "../../contract/events.ts";
import type { MediaFile } from "../../contract/records.ts";
import { messageOf, NotFoundError } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { findThrough, type Load } from "../../seams/cache/cache.ts";
import { service } from "../../seams/node.ts";
import { createLifecycle } from "./lifecycle.ts";
import { isPublic, MEDIA, type MediaDoc, toFile, toRecord } from "./media-doc.ts";
import { createQuota, USAGE, type UsageDoc } from "./quota.ts";
import { createUseCheck, createUses, type UseDoc, USES } from "./uses.ts";

/** Pictures and videos: their descriptions, uses and removal. Gateways read and write the files themselves. */
export default service((node) => {
  const { broker, config, ids } = node;
  const { logger } = broker;
  const media = node.collection<MediaDoc>(MEDIA);
  const useDocs = node.collection<UseDoc>(USES);
  const usage = node.collection<UsageDoc>(USAGE);
  const served = node.cache<MediaFile>({ name: "public-media", ttlSeconds: 3600, max: 20_000 });
  const quota = createQuota(usage, media, config.mediaQuotaBytes);
  const uses = createUses(useDocs);
  const lifecycle = createLifecycle({ media, uses, quota, served, storage: node.media, ids, logger });
  const checkUses = createUseCheck(useDocs, broker, (user) => lifecycle.release(user));
  // A replica may not know yet that a medium is used, so such a medium counts as missing: the primary is asked.
  const loadPublic: Load<MediaFile> = async (missing, options) => {
    const found = (await media.findByIds(missing, options)).filter(isPublic);
    const files = new Map(found.map((doc) => [doc._id, toFile(doc)]));
    return missing.map((id) => files.get(id));
  };
  const sweep = every(
    config.mediaSweepEverySeconds * 1000,
    async () => {
      await lifecycle.sweep(config.mediaUnusedTtlSeconds);
      await checkUses();
    },
    { onError: (error) => logger.warn("Unused media could not be swept, trying again:", messageOf(error)) },
  );

  return {
    name: "media",
    mixins: [storeMixin(media, useDocs, usage)],
    actions: actionsOf("media", {
      begin: async (ctx) => ({ id: await lifecycle.begin(ctx.params) }),
      finish: async (ctx) => toRecord(await lifecycle.finish(ctx.params.id)),
      abandon: (ctx) => lifecycle.remove(ctx.params.id),
      describe: async (ctx) => toRecord(await lifecycle.describe(ctx.params)),
      use: async (ctx) => (await lifecycle.use(ctx.params)).map(toRecord),
      release: (ctx) => lifecycle.release(ctx.params),

      room: (ctx) => quota.checkRoom(ctx.params.ownerId, ctx.params.bytes),
      file: (ctx) => findThrough(served, ctx.params.id, loadPublic, media),

      async ownFile({ params: { id, ownerId } }) {
        const doc = await media.findById(id, { fresh: true });
        if (doc?.ownerId !== ownerId || doc.state !== "ready") throw new NotFoundError("You have no such upload");
        return toFile(doc);
      },
    }),
    events: eventsOf({
      "tweet.deleted": async ({ id }) => {
        await lifecycle.release({ by: { tweetId: id } }).catch((error: unknown) => {
          logger.warn(
            `The media of the deleted tweet ${id} could not be removed; a sweep will remove them:`,
            messageOf(error),
          );
        });
      },
    }),
    started: () => sweep.start(),
    async stopped() {
      await sweep.stop();
      await served.close();
    },
  };
});
