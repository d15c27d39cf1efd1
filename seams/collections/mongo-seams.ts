import type { CollectionSpec, Document } from "./collection.ts";
import { MongoCollection } from "./mongo.ts";
import { type Log, MongoConnection } from "./mongo-connection.ts";

/** The collections in MongoDB, over one connection. @throws ConfigError */
export function openMongo(url: string, log: Log) {
  const connection = new MongoConnection(url, log);
  return {
    db: connection.db,
    open: () => connection.open(),
    missing: () => connection.missing(),
    close: () => connection.close(),
    collection: <T extends Document>(spec: CollectionSpec) => new MongoCollection<T>(spec, connection),
  };
}
