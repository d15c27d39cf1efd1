import type { Document } from "./collection.ts";

/** A document's id and some of its fields, without those that are null. */
export function pickFields<T extends Document, F extends keyof T & string>(
  doc: T,
  fields: readonly F[],
): Pick<T, F | "_id"> {
  const given = fields.filter((field) => doc[field] !== null && doc[field] !== undefined);
  const picked = Object.fromEntries(given.map((field) => [field, doc[field]]));
  return { _id: doc._id, ...picked } as Pick<T, F | "_id">;
}
