import type { ServiceName } from "../../config/environment.ts";

/** A node's kind: a gateway, which carries all that posting and reading need, or one service. */
export const KINDS = ["api", "users", "graph", "tweets", "timeline", "notifier", "media"] as const;
export type Kind = (typeof KINDS)[number];

/** How many nodes of each kind; two of each that is not named. */
export type NodeCounts = Readonly<Partial<Record<Kind, number>>>;

/** What one node is to run. */
export interface PlannedNode {
  /** Its `NODE_ID`, for example `timeline-2`. */
  readonly name: string;
  readonly kind: Kind;
  readonly services: readonly ServiceName[];
  /** The variables that make it what it is. */
  readonly env: Readonly<Record<string, string>>;
}

/** So that one of each may go. */
const USUAL = 2;
/** Three times as many as two cores can carry. */
const MOST = 20;
/** Kinds that the gateways can't stand in for: all come in through a gateway, and these do the jobs. */
const NEEDED: readonly Kind[] = ["api", "tweets", "timeline", "notifier"];

/** Somebody asked for a cluster that can't be; the message says why. */
export class PlanError extends Error {
  override name = "PlanError";
}

/**
 * Reads how many nodes of each kind are wanted.
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
 * Says which nodes a cluster has.
 *
 * @throws PlanError when there are too few or too many of a kind
 */
export function planNodes(counts: NodeCounts = {}): PlannedNode[] {
  return KINDS.flatMap((kind) => {
    const count = counts[kind] ?? USUAL;
    const least = NEEDED.includes(kind) ? 1 : 0;
    if (count < least || count > MOST) throw new PlanError(`${kind} takes ${least} to ${MOST} nodes, not ${count}`);
    return Array.from({ length: count }, (_, index) => planNode(kind, `${kind}-${index + 1}`));
  });
}

function planNode(kind: Kind, name: string): PlannedNode {
  const services: ServiceName[] =
    kind === "api" ? ["users", "graph", "tweets", "timeline", "notifier", "media", "api", "live"] : [kind];
  // A gateway is there for requests; the jobs behind them (fan-out) are the other nodes'. One proxy stands before it.
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
