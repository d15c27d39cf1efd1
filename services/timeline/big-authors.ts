import { messageOf } from "../../lib/errors.ts";
import { call, type Caller } from "../../contract/actions.ts";
import type { Node } from "../../seams/node.ts";

/** How often each node asks who is big, in milliseconds. */
const REFRESH_EVERY = 1000;
/**
 * An author is left out of the fan-out only when it has been big for this long, and a reader trusts its list of big
 * authors no longer than this: so whoever reads knows of every author that is not fanned out. In milliseconds.
 */
export const BIG_AFTER = 4000;

/** Which authors are not fanned out but merged in at read. */
export function watchBigAuthors(node: Node) {
  const caller = node.broker as unknown as Caller;
  let big = new Set<string>();
  let trustedUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function schedule(wait: number): void {
    timer = setTimeout(() => {
      const askedAt = performance.now();
      call(caller, "graph.bigAuthors", {})
        .then((authors) => {
          big = new Set(authors.map((author) => author.id));
          trustedUntil = askedAt + BIG_AFTER;
        })
        .catch((error: unknown) => {
          node.broker.logger.debug("The big authors could not be read:", messageOf(error));
        })
        .finally(() => {
          if (!stopped) schedule(REFRESH_EVERY);
        });
    }, wait);
  }

  return {
    start(): void {
      if (!stopped) schedule(0);
    },
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
    /** @returns null when this node can't say */
    snapshot: (): ReadonlySet<string> | null => (performance.now() < trustedUntil ? big : null),
  };
}

export type BigAuthors = ReturnType<typeof watchBigAuthors>;
