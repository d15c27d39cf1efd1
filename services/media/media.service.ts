import { actionsOf } from "../../contract/call.ts";
import { eventsOf } from "../../contract/events.ts";
import type { MediaFile } from "../../contract/records.ts";
import { messageOf, NotFoundError } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { findThrough, loadFrom } from "../../seams/cache/cache.ts";
import { service } from "../../seams/node.ts";
import { createLifecycle } from "./lifecycle.ts";
import { MEDIA, type MediaDoc, toFile, toRecord } from "./media-doc.ts";
import { createQuota, USAGE, type UsageDoc } from "./quota.ts";
import { createUseCheck, createUses, type UseDoc, USES } from "./uses.ts";

/** Pictures and videos: their descriptions, uses and removal. Gateways read and write the files themselves. */
export default service((node) => {
  const { broker, config, ids } = node;
  const { logger } = broker;
  const media = node.collection<MediaDoc>(MEDIA);
  const useDocs = node.collection<UseDoc>(USES);
  const usage = node.collection<UsageDoc>(USAGE);
  const served = node.cache<MediaFile>({ name: "media", ttlSeconds: 3600, max: 20_000 });
  const quota = createQuota(usage, media, config.mediaQuotaBytes);
  const uses = createUses(useDocs);
  const lifecycle = createLifecycle({ media, uses, quota, served, storage: node.media, ids });
  const checkUses = createUseCheck(useDocs, broker, (user) => lifecycle.release(user));
  const loadFiles = loadFrom(media, (doc) => (doc.state === "ready" ? toFile(doc) : null));
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

      async file(ctx) {
        const found = await findThrough(served, ctx.params.id, loadFiles, media);
        if (!found) throw new NotFoundError("There is no such picture or video");
        return found;
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
