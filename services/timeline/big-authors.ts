import type { ServiceBroker } from "moleculer";
import { call } from "../../contract/call.ts";
import { messageOf } from "../../lib/errors.ts";
import { createFreshView, type FreshView } from "../../lib/fresh-view.ts";

/** Each node asks this often which authors are big. */
const REFRESH_EVERY_MS = 1000;
/**
 * An author is left out of the fan-out only after being big for this long, and a reader trusts its list of big authors
 * no longer than this. So every reader knows every author whose tweets are not fanned out.
 */
export const BIG_AFTER_MS = 4000;

export type BigAuthors = FreshView<ReadonlySet<string>>;

/** Watches which authors' tweets are not fanned out but merged in at read time. */
export function watchBigAuthors(broker: ServiceBroker): BigAuthors {
  return createFreshView(async () => new Set((await call(broker, "graph.bigAuthors", {})).map(({ id }) => id)), {
    everyMs: REFRESH_EVERY_MS,
    trustedForMs: BIG_AFTER_MS,
    onError: (error) => broker.logger.debug("The big authors could not be read:", messageOf(error)),
  });
}
