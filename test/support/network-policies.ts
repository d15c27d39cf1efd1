type Labels = Readonly<Record<string, string>>;

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: "In" | "Exists"; values?: string[] }[];
}
interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol?: string; port: number }[];
}

/** A NetworkPolicy of Kubernetes, as far as we use it. */
export interface NetworkPolicy {
  kind: string;
  spec: { podSelector: Selector; policyTypes: ("Ingress" | "Egress")[]; ingress?: Rule[]; egress?: Rule[] };
}

/** A pod in the namespace of the policies, a pod in another namespace, or an address outside of the cluster. */
export interface Place {
  labels?: Labels;
  namespace?: string;
  address?: string;
}

/**
 * Whether the policies let `from` connect to a port of `to` over TCP, as Kubernetes evaluates them: both ends must allow
 * it, and an end that no policy selects allows everything.
 */
export function allows(policies: readonly NetworkPolicy[], from: Place, to: Place, port: number): boolean {
  return (
    endAllows(policies, "Egress", from, (rule) => [rule.to, to], port) &&
    endAllows(policies, "Ingress", to, (rule) => [rule.from, from], port)
  );
}

function endAllows(
  policies: readonly NetworkPolicy[],
  type: "Ingress" | "Egress",
  end: Place,
  otherOf: (rule: Rule) => [Peer[] | undefined, Place],
  port: number,
): boolean {
  if (end.namespace !== undefined || end.address !== undefined) return true;
  const selecting = policies.filter(
    ({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, end.labels ?? {}),
  );
  if (selecting.length === 0) return true;
  const rules = selecting.flatMap(({ spec }) => (type === "Ingress" ? spec.ingress : spec.egress) ?? []);
  return rules.some((rule) => {
    const [peers, other] = otherOf(rule);
    const hasPort = rule.ports?.some((each) => (each.protocol ?? "TCP") === "TCP" && each.port === port) ?? true;
    return hasPort && (peers?.some((peer) => isPeer(peer, other)) ?? true);
  });
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, place: Place): boolean {
  if (place.address !== undefined) {
    if (!ipBlock || ipBlock.cidr.includes(":")) return false;
    return contains(ipBlock.cidr, place.address) && !ipBlock.except?.some((cidr) => contains(cidr, place.address!));
  }
  if (ipBlock) return false;
  const isThere = namespaceSelector
    ? selects(namespaceSelector, { "kubernetes.io/metadata.name": place.namespace ?? "starling" })
    : place.namespace === undefined;
  return isThere && (!podSelector || selects(podSelector, place.labels ?? {}));
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) =>
      operator === "In" ? values.includes(labels[key] ?? "") : key in labels,
    )
  );
}

/** Whether a range of IPv4 has an address. */
function contains(cidr: string, address: string): boolean {
  const [base = "", length = "32"] = cidr.split("/");
  const numberOf = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
}
