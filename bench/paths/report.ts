import { FINDINGS, type Finding } from "../../dev/replay/findings.ts";
import type { PathFigures, RowFigures } from "./measure-path.ts";

/** The figures of a path as text. */
export function printPath({ about, beside, isQuick, rows, details, curve, replay, problems }: PathFigures): string {
  const table = align([
    ["", "ours", "bare", "compared", "spread", "goal", ""],
    ...rows.map((row) => [...cellsOf(row, "–"), row.reached === null ? "" : row.reached ? "reached" : "missed"]),
  ]);
  return [
    `${about}, beside ${beside}`,
    ...(isQuick ? ["A quick run: these figures mean nothing."] : []),
    table,
    ...Object.entries(details).map(([name, value]) => `${name}: ${typeof value === "number" ? digits(value) : value}`),
    ...curve.map(
      ({ offered, answered, p50, p99 }) =>
        `${digits(offered)} offered a second: ${digits(answered)} answered, p50 ${digits(p50)} ms, p99 ${digits(p99)} ms`,
    ),
    ...(replay
      ? [
          `replay: ${digits(replay.acknowledged)} tweets acknowledged, ` +
            (Object.keys(FINDINGS) as Finding[]).map((kind) => `${replay.findings[kind]} ${FINDINGS[kind]}`).join(", "),
        ]
      : []),
    ...(problems.length === 0 ? ["audit: nothing is wrong"] : problems.map((problem) => `audit: ${problem}`)),
  ].join("\n");
}

/** A table in Markdown of all paths, as docs/performance.md has it. */
export function markdownOf(paths: Readonly<Record<string, PathFigures>>): string {
  const rows = Object.entries(paths).flatMap(([name, { rows: ofPath }]) =>
    ofPath.map((row, at) => [at === 0 ? `\`${name}\`` : "", ...cellsOf(row, "")]),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = ["path", "", "ours", "bare", "compared", "spread", "goal"];
  const isQuick = Object.values(paths).some((path) => path.isQuick);
  return [
    ...(isQuick ? ["A quick run: these figures mean nothing.", ""] : []),
    line(head),
    line(head.map(() => "---")),
    ...rows.map(line),
    "",
    ...Object.entries(paths).flatMap(([name, { details, curve }]) => detailsOf(name, details, curve)),
  ].join("\n");
}

/** @param none stands for the bare engine's figure in a row that only ours has */
function cellsOf(row: RowFigures, none: string): string[] {
  const { name, unit, ours, bare, median } = row;
  const beside = bare === null ? none : withUnit(digits(bare), unit);
  return [name, withUnit(digits(ours), unit), beside, comparedOf(row, median), spreadOf(row), goalOf(row)];
}

function detailsOf(name: string, details: PathFigures["details"], curve: PathFigures["curve"]): string[] {
  const told = Object.entries(details).map(
    ([what, value]) => `${what} ${typeof value === "number" ? digits(value) : value}`,
  );
  const points = curve.map(({ offered, p50, p99 }) => `${digits(offered)}/s ${digits(p50)} / ${digits(p99)} ms`);
  return [
    ...(told.length > 0 ? [`- \`${name}\`: ${told.join(", ")}.`] : []),
    ...(points.length > 0 ? [`- \`${name}\`, p50 / p99 at fixed rates: ${points.join(", ")}.`] : []),
  ];
}

function comparedOf({ by, unit }: RowFigures, value: number): string {
  if (by === "ratio") return value < 1 ? value.toPrecision(2) : digits(value);
  return `${by === "difference" && value >= 0 ? "+" : ""}${withUnit(digits(value), unit)}`;
}

function spreadOf(row: RowFigures): string {
  return `${comparedOf(row, row.least)} to ${comparedOf(row, row.most)}`;
}

function goalOf(row: RowFigures): string {
  if (row.goal === null) return "";
  return "atLeast" in row.goal
    ? `≥ ${goalValue(row, row.goal.atLeast)}`
    : `≤ ${row.by === "difference" ? "+" : ""}${goalValue(row, row.goal.atMost)}`;
}

function goalValue({ by, unit }: RowFigures, value: number): string {
  return by === "ratio" ? `${value}` : withUnit(`${value}`, unit);
}

function withUnit(value: string, unit: string): string {
  return `${value}${unit.startsWith("/") ? "" : " "}${unit}`;
}

/** A number with three digits that count, or all before the point. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return "?";
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: decimals });
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((cells) => cells[at]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
