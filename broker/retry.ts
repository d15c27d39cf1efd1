import { setTimeout as pause } from "node:timers/promises";
import type { Middleware, ServiceBroker } from "moleculer";
import { isTransient } from "../lib/errors.ts";

/**
 * Tries of one call in all: with two nodes of a service, one of them dead, two are enough; one more for a bad moment.
 */
const ATTEMPTS = 3;
/**
 * How long one try may take when it is not the last, in milliseconds: an action takes a few hundred at the very most,
 * so whoever has not answered by then is frozen or gone.
 */
const TRY_TIMEOUT = 2500;
/** The longest wait before the second try, in milliseconds; it doubles with each try. */
const FIRST_WAIT = 100;

/**
 * How many failures in a row, more or less, use up the node's patience: each takes one, each success gives a tenth
 * back, and below half there are no retries. So a few dead calls are mended, and nodes that are slow since they have
 * too much to do don't get more (gRPC's "retry throttling", proposal A6).
 */
const PATIENCE = 20;
const REGAINED = 0.1;

/** What of Moleculer's registry is asked here, which its types don't tell. */
interface Registry {
  actions: { get(name: string): { hasLocal(): boolean; endpoints: readonly unknown[] } | undefined };
}

interface CallOptions {
  /** Milliseconds: what is left of the whole request's time, as Moleculer's context hands it on. */
  timeout?: number;
}

type Call = (name: string, params: unknown, options?: CallOptions) => Promise<unknown>;

/**
 * Calls an action on another node again when that one did not answer, where doing it twice does no harm. The waits grow
 * and are drawn at random up to their length ("full jitter": Marc Brooker, "Exponential Backoff And Jitter", 2015), so
 * that callers who failed together don't come back together. All tries together keep within the request's time.
 *
 * What this node does itself is not tried again: the stores' drivers have their own retries.
 *
 * @param isRepeatable whether the action may be called twice for one request
 */
export function retryMiddleware(isRepeatable: (name: string) => boolean): (broker: ServiceBroker) => Middleware {
  return (broker) => {
    const { actions } = broker.registry as unknown as Registry;

    let patience = PATIENCE;

    async function tryOnce(next: Call, name: string, params: unknown, options: CallOptions): Promise<unknown> {
      try {
        const result = await next(name, params, options);
        patience = Math.min(PATIENCE, patience + REGAINED);
        return result;
      } catch (error) {
        if (isTransient(error)) patience = Math.max(0, patience - 1);
        throw error;
      }
    }

    async function withRetries(next: Call, name: string, params: unknown, options: CallOptions): Promise<unknown> {
      const deadline = performance.now() + (options.timeout ?? broker.options.requestTimeout ?? Infinity);
      for (let attempt = 1; ; attempt++) {
        const left = deadline - performance.now();
        // With nobody else to ask, giving up early would only ask the same node twice.
        const hasOthers = (actions.get(name)?.endpoints.length ?? 0) > 1;
        const timeout = hasOthers && attempt < ATTEMPTS ? Math.min(left, TRY_TIMEOUT) : left;
        try {
          return await tryOnce(next, name, params, { ...options, timeout: Math.max(1, timeout) });
        } catch (error) {
          const wait = Math.random() * FIRST_WAIT * 2 ** (attempt - 1);
          const isOver = attempt === ATTEMPTS || performance.now() + wait >= deadline || patience < PATIENCE / 2;
          if (isOver || !isTransient(error)) throw error;
          await pause(wait);
        }
      }
    }

    return {
      name: "Retry",
      call(next: Call) {
        return function callOrRetry(name: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
          if (actions.get(name)?.hasLocal() || !isRepeatable(name)) return next(name, params, options);
          return withRetries(next, name, params, options);
        };
      },
    } as unknown as Middleware;
  };
}
