import { LRUCache } from "lru-cache";
import webPush from "web-push";
import { type Collection, type CollectionSpec, DuplicateKeyError } from "../../../seams/collections/collection.ts";
import { UnavailableError } from "../../../lib/errors.ts";
import type { VapidKeys } from "../../../config/vapid-pair.ts";

export interface VapidDoc extends VapidKeys {
  /** There is one pair: always {@link THE_PAIR}. */
  _id: string;
}

export const VAPID_KEYS: CollectionSpec = { name: "vapid_keys", indexes: [] };
const THE_PAIR = "current";

/** A signed token is good for 12 hours; it is used for one, in milliseconds. */
const TOKEN_USED_FOR = 3_600_000;

/**
 * The keys of the settings, else those in the store, where the first node that asks puts them: however many start at
 * once, one insert wins and all use what is there then.
 */
export function createVapid(
  stored: Collection<VapidDoc>,
  { keys: given, subject }: { keys: VapidKeys | null; subject: string },
) {
  const headers = new LRUCache<string, string>({ max: 1000, ttl: TOKEN_USED_FOR });
  let known: VapidKeys | null = given;

  async function load(): Promise<VapidKeys> {
    const [there] = await stored.find({ query: { _id: THE_PAIR }, limit: 1, lasting: true });
    if (there) return there;
    try {
      return await stored.insert({ _id: THE_PAIR, ...webPush.generateVAPIDKeys() });
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
    }
    const [others] = await stored.find({ query: { _id: THE_PAIR }, limit: 1, lasting: true });
    if (!others) throw new UnavailableError("The push keys can't be read at the moment");
    return others;
  }

  async function keys(): Promise<VapidKeys> {
    return (known ??= await load());
  }

  return {
    publicKey: async () => (await keys()).publicKey,

    /** @returns the Authorization header for requests to a push service, by its origin */
    async authorization(origin: string): Promise<string> {
      const signed = headers.get(origin);
      if (signed !== undefined) return signed;
      const { publicKey, privateKey } = await keys();
      const { Authorization } = webPush.getVapidHeaders(origin, subject, publicKey, privateKey, "aes128gcm");
      headers.set(origin, Authorization);
      return Authorization;
    },
  };
}

export type Vapid = ReturnType<typeof createVapid>;
