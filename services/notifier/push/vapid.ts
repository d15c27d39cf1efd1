import { LRUCache } from "lru-cache";
import type { VapidKeys } from "../../../config/vapid-pair.ts";
import { UnavailableError } from "../../../lib/errors.ts";
import type { Collection, CollectionSpec } from "../../../seams/collections/collection.ts";
import { insertIfFree } from "../../../seams/collections/insert.ts";

export interface VapidDoc extends VapidKeys {
  /** There is one pair: always {@link THE_PAIR}. */
  _id: string;
}

export const VAPID_KEYS: CollectionSpec = { name: "vapid_keys", indexes: [] };
const THE_PAIR = "current";

/** A signed token is valid for 12 hours; it is reused for only one, to stay well within that. */
const TOKEN_REUSED_FOR_MS = 3_600_000;

/**
 * The keys by which push services know this site (RFC 8292): those of the settings, else those in the store. The first
 * node that needs keys stores a pair. If many nodes start at once, one insert succeeds, and all nodes use its pair.
 */
export function createVapid(
  stored: Collection<VapidDoc>,
  { keys: given, subject }: { keys: VapidKeys | null; subject: string },
) {
  const headers = new LRUCache<string, string>({ max: 1000, ttl: TOKEN_REUSED_FOR_MS });
  let known: VapidKeys | null = given;

  async function find(): Promise<VapidKeys | null> {
    return (await stored.find({ query: { _id: THE_PAIR }, limit: 1, fresh: true, lasting: true }))[0] ?? null;
  }

  async function load(): Promise<VapidKeys> {
    const there = await find();
    if (there) return there;
    const { default: webPush } = await import("web-push");
    const { inserted } = await insertIfFree(stored, { _id: THE_PAIR, ...webPush.generateVAPIDKeys() });
    const pair = inserted ?? (await find());
    if (!pair) throw new UnavailableError("The push keys can't be read at the moment");
    return pair;
  }

  async function keys(): Promise<VapidKeys> {
    return (known ??= await load());
  }

  return {
    /** @returns base64url. @throws UnavailableError */
    publicKey: async (): Promise<string> => (await keys()).publicKey,

    /** @returns the Authorization header for requests to the push service of this origin. @throws UnavailableError */
    async authorization(origin: string): Promise<string> {
      const signed = headers.get(origin);
      if (signed !== undefined) return signed;
      const { publicKey, privateKey } = await keys();
      const { default: webPush } = await import("web-push");
      const { Authorization } = webPush.getVapidHeaders(origin, subject, publicKey, privateKey, "aes128gcm");
      headers.set(origin, Authorization);
      return Authorization;
    },
  };
}

export type Vapid = ReturnType<typeof createVapid>;
