import DbService from "moleculer-db";
import type { Service, ServiceSchema } from "moleculer";
import { type Collection, type Document, StoreUnusableError } from "../seams/collections/collection.ts";

const GENERATED = ["find", "count", "list", "create", "insert", "get", "update", "remove"];

/** The part of a collection that the mixin uses, for documents of any type. */
type OtherCollection = Pick<Collection<Document>, "init" | "connect" | "disconnect">;

/**
 * Makes a service an entity service: moleculer-db opens the service's collections before the service starts and closes
 * them after the service has stopped. The REST-like actions that moleculer-db generates are off, since they take raw
 * queries.
 *
 * Services use their collections directly, not through `this.adapter`: the adapter is a single collection and untyped,
 * while a service may own several typed ones. Each function of a service takes the collections that it needs.
 *
 * @param main the collection that becomes moleculer-db's adapter
 * @param others further collections of the service
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
      // Set here, not in the schema, because Moleculer clones schemas deeply, and a collection must not be cloned.
      this.adapter = main;
      for (const one of all) one.init(this.broker, this);
    },
    methods: {
      async connect(this: Service) {
        try {
          await Promise.all(all.map((one) => one.connect()));
        } catch (error) {
          // moleculer-db would retry without limit, although only an operator can fix this.
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
