import { setTimeout as pause } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import type { CopiedKind } from "../../contract/actions.ts";
import { actionsOf, type Params } from "../../contract/call.ts";
import { Copies } from "./copies.ts";

/** A node keeps at most so many copies of each kind. A tweet takes about 2 KB, the others a few hundred bytes. */
const MOST_COPIES: Readonly<Record<CopiedKind, number>> = { sessions: 20_000, tweets: 10_000, users: 20_000 };

/**
 * With several nodes, whoever changes a value waits at most for so long until nobody can use the old one any more. With
 * MongoDB, an election may undo what was read before a majority had it, and so much longer it can still be seen.
 */
const SHORT_LEASE_MS = 1000;
/** A single node on the embedded store hears of all changes. The lease bounds what a fault could do. */
const LONG_LEASE_MS = 60_000;

const SERVICE = "leases";

/** The part of Moleculer's registry that is used here and missing in its types. */
interface Registry {
  getNodeList(options: { onlyAvailable: boolean; withServices: boolean }): {
    id: string;
    local: boolean;
    services: { name: string }[];
  }[];
}

/** The copies that a node keeps of other services' values, and the way to revoke them on all nodes. */
export interface Leases {
  /** @returns the node's copies of one kind, the same for all callers */
  copies<V extends object>(kind: CopiedKind): Copies<V>;
  /**
   * Makes all nodes forget values that have changed. Afterwards no node uses the old ones: each has said that it forgot
   * them, or its leases are over. Takes {@link SHORT_LEASE_MS} at most. Never throws.
   */
  revoke(kind: CopiedKind, keys: readonly string[]): Promise<void>;
}

interface LeasesOptions {
  /** Whether there are other nodes, which the broker reaches. */
  isShared: boolean;
  /** Whether all that the store answers stays. */
  isLasting: boolean;
}

export function createLeases(broker: ServiceBroker, { isShared, isLasting }: LeasesOptions): Leases {
  const leaseMs = isShared || !isLasting ? SHORT_LEASE_MS : LONG_LEASE_MS;
  const isReached = () => !isShared || broker.transit?.connected === true;
  const all = new Map<CopiedKind, Copies<object>>();

  function copies<V extends object>(kind: CopiedKind): Copies<V> {
    let found = all.get(kind);
    if (!found) {
      found = new Copies({ max: MOST_COPIES[kind], leaseMs, isReached });
      all.set(kind, found);
    }
    return found as unknown as Copies<V>;
  }

  /** @returns false if a node may still use the values */
  async function tellOthers(params: Params<"leases.forget">): Promise<boolean> {
    if (!isReached()) return false;
    const nodes = (broker.registry as unknown as Registry).getNodeList({ onlyAvailable: true, withServices: true });
    const others = nodes.filter(({ local, services }) => !local && services.some(({ name }) => name === SERVICE));
    const options = { timeout: SHORT_LEASE_MS, retries: 0 };
    const told = others.map(({ id }) => broker.call(`${SERVICE}.forget`, params, { ...options, nodeID: id }));
    return (await Promise.allSettled(told)).every(({ status }) => status === "fulfilled");
  }

  if (isShared) {
    broker.createService({
      name: SERVICE,
      actions: actionsOf(SERVICE, {
        forget({ params: { kind, keys } }) {
          copies(kind).forget(keys);
          return Promise.resolve();
        },
      }),
    });
  }

  return {
    copies,
    async revoke(kind, keys) {
      const since = performance.now();
      copies(kind).forget(keys);
      if (!isShared || keys.length === 0 || (await tellOthers({ kind, keys: [...keys] }))) return;
      await pause(Math.max(0, SHORT_LEASE_MS - (performance.now() - since)));
    },
  };
}
