import type { Cluster } from "../cluster/cluster.ts";
import { FAULTS } from "./faults.ts";
import { untilHealthy } from "./health.ts";
import type { Subject } from "./nemesis.ts";

/** A rate that a laptop sustains beside twenty processes, with room to catch up after an outage. */
const STEPS_PER_SECOND = 15;
/** Gateways recheck follows once a minute. */
const MARGIN_MS = 90_000;

/** A whole cluster, as a system that faults are injected into. */
export function clusterSubject(cluster: Cluster): Subject<Cluster> {
  return {
    system: cluster,
    url: cluster.url,
    faults: FAULTS,
    pauseMs: (random) => 500 + random.below(2000),
    stepsPerSecond: STEPS_PER_SECOND,
    marginMs: MARGIN_MS,
    untilHealthy: (limitMs) => untilHealthy(cluster, limitMs),
  };
}
