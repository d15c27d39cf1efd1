import type { Context, Service, ServiceBroker, ServiceSchema } from "moleculer";
import type { JobName, Jobs } from "../contract/events.ts";
import type { DurableChannel } from "../seams/channel/channel.ts";

/** The handler of one job. */
interface JobHandler<N extends JobName> {
  /** Maximum number of messages that a node handles at once. */
  maxInFlight: number;
  /** Must be idempotent. Calls made through `ctx` carry the id of the request that caused the job. */
  handler: (ctx: Context, payload: Jobs[N]) => Promise<void>;
}

/** The handlers of some jobs, by the job's name. */
export type JobHandlers = { [N in JobName]?: JobHandler<N> };

/** A handler whose job is known only at run time. */
type AnyHandler = JobHandler<JobName>;

/** Moleculer's ContextFactory, which its types leave out. */
interface ContextFactory {
  ContextFactory: { create(broker: ServiceBroker, endpoint: null, params: object, options: object): Context };
}

/**
 * Lets a service take jobs from the durable channel, once the service has started. The service's name is the group:
 * each message goes to one node of the service.
 */
export function jobsMixin(channel: DurableChannel, jobs: JobHandlers): Partial<ServiceSchema> {
  return {
    async started(this: Service) {
      const { name, broker } = this;
      for (const [job, { maxInFlight, handler }] of Object.entries(jobs) as [JobName, AnyHandler][]) {
        await channel.subscribe({
          job,
          group: name,
          maxInFlight,
          handler: (payload, { requestId }) => handler(contextOf(broker, requestId), payload),
        });
      }
    },
  };
}

function contextOf(broker: ServiceBroker, requestId: string | undefined): Context {
  const { ContextFactory } = broker as unknown as ContextFactory;
  return ContextFactory.create(broker, null, {}, requestId === undefined ? {} : { requestID: requestId });
}
