import { setTimeout as pause } from "node:timers/promises";
import type { Middleware, ServiceBroker } from "moleculer";
import { isTransient } from "../lib/errors.ts";

/**
 * Tries per call. With two nodes of a service and one of them dead, two suffice; the third covers a short disturbance.
 */
const MAX_ATTEMPTS = 3;
/**
 * The limit of each try but the last. Actions take a few hundred milliseconds at most, so a node that has not answered
 * by then is frozen or gone.
 */
const TRY_LIMIT_MS = 2500;
/** The longest wait before the second try. It doubles with each further try. */
const FIRST_WAIT_MS = 100;

/**
 * The retry budget of the node. Each failure takes one token, each success returns a tenth, and below half the budget
 * there are no retries. So a few failed calls are repaired, while overloaded nodes don't get even more calls (gRPC's
 * "retry throttling", proposal A6).
 */
const RETRY_TOKENS = 20;
const TOKENS_PER_SUCCESS = 0.1;

/** The part of Moleculer's registry that is used here and missing in its types. */
interface Registry {
  actions: { get(name: string): { hasLocal(): boolean; endpoints: readonly unknown[] } | undefined };
}

interface CallOptions {
  /** The remaining time of the whole request in milliseconds, as Moleculer's context passes it on. */
  timeout?: number;
}

type Call = (name: string, params: unknown, options?: CallOptions) => Promise<unknown>;

/**
 * Retries remote calls of repeatable actions when a node does not answer. The waits grow and have full jitter (Marc
 * Brooker, "Exponential Backoff And Jitter", 2015), so that callers that failed together don't retry together. The sum
 * of all tries stays within the time of the request.
 *
 * Local calls are not retried, because the drivers of the stores have their own retries.
 *
 * @param isRepeatable whether an action may run twice for one request
 */
export function retryMiddleware(isRepeatable: (name: string) => boolean): (broker: ServiceBroker) => Middleware {
  return (broker) => {
    const { actions } = broker.registry as unknown as Registry;

    let tokens = RETRY_TOKENS;

    async function tryOnce(next: Call, name: string, params: unknown, options: CallOptions): Promise<unknown> {
      try {
        const result = await next(name, params, options);
        tokens = Math.min(RETRY_TOKENS, tokens + TOKENS_PER_SUCCESS);
        return result;
      } catch (error) {
        if (isTransient(error)) tokens = Math.max(0, tokens - 1);
        throw error;
      }
    }

    async function withRetries(next: Call, name: string, params: unknown, options: CallOptions): Promise<unknown> {
      const deadline = performance.now() + (options.timeout ?? broker.options.requestTimeout ?? Infinity);
      for (let attempt = 1; ; attempt++) {
        const left = deadline - performance.now();
        // With a single node, a try that gives up early would only ask the same node again.
        const hasOthers = (actions.get(name)?.endpoints.length ?? 0) > 1;
        const timeout = hasOthers && attempt < MAX_ATTEMPTS ? Math.min(left, TRY_LIMIT_MS) : left;
        try {
          return await tryOnce(next, name, params, { ...options, timeout: Math.max(1, timeout) });
        } catch (error) {
          const wait = Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1);
          const isOver = attempt === MAX_ATTEMPTS || performance.now() + wait >= deadline || tokens < RETRY_TOKENS / 2;
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
