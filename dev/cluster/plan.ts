import type { ServiceName } from "../../config/environment.ts";

/** The kinds of nodes. `api` is a gateway with all services that posting and reading need; the others run one service. */
export const KINDS = ["api", "users", "graph", "tweets", "timeline", "notifier", "media"] as const;
export type Kind = (typeof KINDS)[number];

/** The number of nodes of each kind; default two. */
export type NodeCounts = Readonly<Partial<Record<Kind, number>>>;

/** A node to start. */
export interface PlannedNode {
  /** Its `NODE_ID`, for example `timeline-2`. */
  readonly name: string;
  readonly kind: Kind;
  readonly services: readonly ServiceName[];
  /** The settings that differ from those of other kinds. */
  readonly env: Readonly<Record<string, string>>;
}

/** Two of each kind, so that one may fail. */
const DEFAULT_COUNT = 2;
/** The most nodes of a kind: three times as many as two cores can run. */
const MAX_COUNT = 20;
/** Kinds without a substitute: clients need a gateway, and gateways do not take jobs. */
const REQUIRED: readonly Kind[] = ["api", "tweets", "timeline", "notifier"];

/** The requested cluster is not possible; the message says why. */
export class PlanError extends Error {
  override name = "PlanError";
}

/**
 * Parses the number of nodes of each kind.
 *
 * @param text for example `timeline=3,notifier=1`
 * @throws PlanError
 */
export function parseCounts(text: string): NodeCounts {
  const counts: Partial<Record<Kind, number>> = {};
  for (const part of text.split(",").filter(Boolean)) {
    const [, name, count] = /^\s*(\w+)=(\d+)\s*$/.exec(part) ?? [];
    if (name === undefined || count === undefined) throw new PlanError(`"${part}" is not like timeline=3`);
    if (!isKind(name)) throw new PlanError(`There is no kind of node "${name}": ${KINDS.join(", ")}`);
    counts[name] = Number(count);
  }
  return counts;
}

/**
 * Lists the nodes of a cluster.
 *
 * @throws PlanError for too few or too many nodes of a kind
 */
export function planNodes(counts: NodeCounts = {}): PlannedNode[] {
  return KINDS.flatMap((kind) => {
    const count = counts[kind] ?? DEFAULT_COUNT;
    const least = REQUIRED.includes(kind) ? 1 : 0;
    if (count < least || count > MAX_COUNT)
      throw new PlanError(`${kind} takes ${least} to ${MAX_COUNT} nodes, not ${count}`);
    return Array.from({ length: count }, (_, index) => planNode(kind, `${kind}-${index + 1}`));
  });
}

function planNode(kind: Kind, name: string): PlannedNode {
  const services: ServiceName[] =
    kind === "api" ? ["users", "graph", "tweets", "timeline", "notifier", "media", "api", "live"] : [kind];
  // Gateways only handle requests and leave jobs such as the fan-out to the other nodes. One proxy is in front of them.
  const gateway = { JOBS: "false", TRUST_PROXY: "1" };
  return {
    name,
    kind,
    services,
    env: { NODE_ID: name, SERVICES: services.join(","), ...(kind === "api" && gateway) },
  };
}

function isKind(name: string): name is Kind {
  return (KINDS as readonly string[]).includes(name);
}
