import { type Ratio, ratioOf } from "../store/ratio.ts";
import type { CurvePoint, Effort, Goal, Path, Row, Sample } from "./path.ts";
import { type ReplayFigures, replayAt } from "./replay-at.ts";

/** A row's figures over all rounds. */
export interface RowFigures extends Row {
  /** Medians. Bare is null in a row that only ours has. */
  readonly ours: number;
  readonly bare: number | null;
  /** What the goal is about: the ratio, the difference or ours, round by round. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Null without a goal. */
  readonly reached: boolean | null;
}

export interface PathFigures {
  readonly about: string;
  readonly beside: string;
  /** Whether the figures mean nothing. */
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly rows: readonly RowFigures[];
  readonly details: Readonly<Record<string, number | string>>;
  readonly curve: readonly CurvePoint[];
  readonly replay: ReplayFigures | null;
  /** What the audit found, as sentences; empty if all answers were right. */
  readonly problems: readonly string[];
}

/**
 * Measures a path and its bare engine by turns, and audits the answers before and after that.
 *
 * @param say prints progress
 */
export async function measurePath(path: Path, effort: Effort, say: (line: string) => void): Promise<PathFigures> {
  const ends: (() => unknown)[] = [];
  try {
    const open = await path.open({ effort, say, onEnd: (end) => ends.push(end) });
    const problems = await open.audit();
    const seconds = (effort.isQuick ? null : path.seconds) ?? effort.seconds;
    say("warming up");
    await open.ours(seconds);
    await open.bare(seconds);
    const samples: [Sample, Sample][] = [];
    for (let round = 1; round <= effort.rounds; round++) {
      const pair: [Sample, Sample] = [await open.ours(seconds), await open.bare(seconds)];
      samples.push(pair);
      say(`round ${round} of ${effort.rounds}: ${describe(path.rows, pair)}`);
    }
    const rows = path.rows.flatMap((row) => figuresOf(row, samples) ?? []);
    say("checking the answers");
    problems.push(...(await open.audit()));
    const replay = open.replayAt === undefined ? null : await replayAt(open.replayAt, effort, say);
    if (replay) problems.push(...replay.examples);
    const details = (await open.details?.()) ?? {};
    if (open.sweep) say("measuring latency at fixed rates");
    const curve = (await open.sweep?.(rows.find(({ name }) => name === "rate")!.ours)) ?? [];
    const { about, beside } = path;
    const { isQuick, rounds } = effort;
    return { about, beside, isQuick, rounds, rows, details, curve, replay, problems: [...new Set(problems)] };
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

/** @returns null where the samples lack the row: not every system tells the CPU time of a process */
function figuresOf(row: Row, samples: readonly (readonly [Sample, Sample])[]): RowFigures | null {
  const both = samples.map(([ours, bare]) => [ours[row.name] ?? NaN, bare[row.name] ?? NaN] as const);
  if (both.some(([ours, bare]) => Number.isNaN(ours) || (row.by !== "ours" && Number.isNaN(bare)))) return null;
  const { one, other, ...ratio } = ratioOf(both);
  const { ratio: median, least, most } = row.by === "ratio" ? ratio : compare(row.by, both);
  const bare = Number.isNaN(other) ? null : other;
  return { ...row, ours: one, bare, median, least, most, reached: row.goal && reaches(median, row.goal) };
}

function compare(
  by: "difference" | "ours",
  both: readonly (readonly [number, number])[],
): Omit<Ratio, "one" | "other"> {
  const { ratio, least, most } = ratioOf(both.map(([ours, bare]) => [by === "ours" ? ours : ours - bare, 1]));
  return { ratio, least, most };
}

function reaches(value: number, goal: Goal): boolean {
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

function describe(rows: readonly Row[], [ours, bare]: readonly [Sample, Sample]): string {
  const shown = (value: number | undefined) => (value === undefined ? "–" : value.toPrecision(4));
  return rows.map(({ name, unit }) => `${name} ${shown(ours[name])} / ${shown(bare[name])} ${unit}`).join(", ");
}
