import type { CollectionSpec } from "../../seams/collections/collection.ts";

/** A document of {@link SQLITE_SPEC}. */
export interface Thing {
  _id: string;
  key: string;
  size: number;
  tags?: string[];
  text?: string;
}

/** A collection with an index of each kind. */
export const SQLITE_SPEC: CollectionSpec = {
  name: "things",
  indexes: [
    { fields: { key: 1 }, unique: true },
    { fields: { size: 1, _id: -1 } },
    { fields: { tags: 1, _id: -1 }, multikey: true },
  ],
};
