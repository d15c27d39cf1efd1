import { createHash } from "node:crypto";
import type { LoginPlace } from "../../contract/records.ts";
import type { Collection, CollectionSpec } from "../../seams/collections/collection.ts";
import { insertIfFree } from "../../seams/collections/insert.ts";

/** A browser or a network from which an account has logged in. */
export interface PlaceDoc {
  /** A hash of the account, and of the browser's cookie or the network's address. */
  _id: string;
  userId: string;
  kind: keyof LoginPlace;
  /** The last login, in milliseconds since 1970. */
  lastSeenAt: number;
}

export const PLACES: CollectionSpec = {
  name: "login_places",
  indexes: [{ fields: { userId: 1, kind: 1, lastSeenAt: -1 } }, { fields: { lastSeenAt: 1 } }],
};

/** Places of each kind that an account keeps: more than people use, and a bound on what an account can store. */
const PLACES_LIMIT = 20;
/** A place is forgotten after 90 days without a login, as a session is. */
export const PLACE_IDLE_LIMIT_MS = 90 * 86_400_000;

/**
 * The places from which accounts have logged in. Strangers' failed logins don't count against these places. The scheme
 * is that of device cookies in OWASP's "Slow Down Online Guessing Attacks with Device Cookies", but ids are stored
 * instead of signed, so nodes share no key.
 */
export function createPlaces(collection: Collection<PlaceDoc>) {
  async function note(userId: string, kind: PlaceDoc["kind"], value: string): Promise<void> {
    const lastSeenAt = Date.now();
    const _id = placeId(userId, kind, value);
    if (await collection.updateById(_id, { $set: { lastSeenAt } })) return;
    await insertIfFree(collection, { _id, userId, kind, lastSeenAt });
    const all = await collection.find({ query: { userId, kind }, sort: ["-lastSeenAt"], fresh: true });
    const tooMany = all.slice(PLACES_LIMIT).map((place) => place._id);
    if (tooMany.length > 0) await collection.removeMany({ _id: { $in: tooMany } });
  }

  return {
    /** Whether the account has logged in from this browser, and from this network. */
    async knows(userId: string, { device, address }: LoginPlace): Promise<{ device: boolean; address: boolean }> {
      const ids = {
        device: device === null ? null : placeId(userId, "device", device),
        address: placeId(userId, "address", address),
      };
      const found = await collection.findByIds([ids.address, ...(ids.device === null ? [] : [ids.device])]);
      const since = Date.now() - PLACE_IDLE_LIMIT_MS;
      const known = new Set(found.filter(({ lastSeenAt }) => lastSeenAt > since).map(({ _id }) => _id));
      return { device: ids.device !== null && known.has(ids.device), address: known.has(ids.address) };
    },

    /** Remembers a place for the account's next logins. */
    async remember(userId: string, { device, address }: LoginPlace): Promise<void> {
      await Promise.all([
        note(userId, "address", address),
        device === null ? undefined : note(userId, "device", device),
      ]);
    },
  };
}

/** Hashed together with the account, so that the store tells neither addresses nor who shares a browser. */
function placeId(userId: string, kind: PlaceDoc["kind"], value: string): string {
  return createHash("sha256").update(`${userId} ${kind} ${value}`).digest("base64url");
}

export type Places = ReturnType<typeof createPlaces>;
