/** The kinds of findings of an audit, with their names in its table. */
export const FINDINGS = {
  lost: "lost",
  missing: "missing from feeds",
  doubled: "doubled",
  outOfOrder: "out of order",
  unexpected: "unexpected",
  keyTwice: "keys posted twice",
  liveMissed: "live missed",
  liveDoubled: "live doubled",
  wrongAnswer: "wrong answers",
} as const;
export type Finding = keyof typeof FINDINGS;

/** Collects findings. The same finding counts once. */
export function createFindings() {
  const found = new Map<Finding, Set<string>>();
  const of = (kind: Finding) => found.get(kind) ?? new Set<string>();
  return {
    /** @param what the tweet or request and its place, for a person to look into */
    add(kind: Finding, what: string): void {
      found.set(kind, of(kind).add(what));
    },
    count: (kind: Finding): number => of(kind).size,
    all: (kind: Finding): string[] => [...of(kind)],
    get isClean(): boolean {
      return found.size === 0;
    },
  };
}

export type Findings = ReturnType<typeof createFindings>;
