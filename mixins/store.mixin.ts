import DbService from "moleculer-db";
import type { Service, ServiceSchema } from "moleculer";
import { type Collection, type Document, StoreUnusableError } from "../seams/collections/collection.ts";

const GENERATED = ["find", "count", "list", "create", "insert", "get", "update", "remove"];

/** What the mixin does with a collection, whatever its documents. */
type OtherCollection = Pick<Collection<Document>, "init" | "connect" | "disconnect">;

/**
 * What makes a service an entity service: moleculer-db over the service's collections, opened before the service starts
 * and closed after it stopped. The REST-like actions that moleculer-db generates are off, since they take raw queries.
 *
 * @param main the collection that moleculer-db works on
 * @param others what else the service keeps
 */
export function storeMixin<T extends Document>(
  main: Collection<T>,
  ...others: OtherCollection[]
): Partial<ServiceSchema> {
  const all: OtherCollection[] = [main, ...others];
  return {
    mixins: [DbService as Partial<ServiceSchema>],
    settings: { idField: "_id" } as object,
    actions: Object.fromEntries(GENERATED.map((name) => [name, false])),
    created(this: Service & { adapter?: Collection<T> }) {
      // Set here, not in the schema: Moleculer clones schemas deeply, and a store must stay the one it is.
      this.adapter = main;
      for (const one of all) one.init(this.broker, this);
    },
    methods: {
      async connect(this: Service) {
        try {
          await Promise.all(all.map((one) => one.connect()));
        } catch (error) {
          // moleculer-db tries again for ever; this does not mend itself.
          if (!(error instanceof StoreUnusableError)) throw error;
          this.broker.logger.fatal(error.message);
          process.exit(1);
        }
      },
      async disconnect() {
        await Promise.all(all.map((one) => one.disconnect()));
      },
    },
  };
}
