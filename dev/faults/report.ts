import { WAITED_FOR } from "./waits.ts";
import type { FaultsRun } from "./run.ts";

/** @returns a table of each kind of fault: its count, and the mean and longest waits of people during it */
export function faultsTable({ injected, waits }: FaultsRun): string {
  const kinds = [...new Set(injected.map(({ kind }) => kind))].sort();
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
  const rows = kinds.map((kind) => {
    const all = injected.filter((one) => one.kind === kind);
    const cells = WAITED_FOR.map((what) => {
      const lengths = all.map(({ from, until }) => waits.within(what, from, until));
      const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
      return `${seconds(mean)} / ${seconds(Math.max(...lengths))}`;
    });
    return [kind, String(all.length), ...cells];
  });
  const head = ["fault", "times", ...WAITED_FOR.map((what) => `${what}, s`)];
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]!.length)));
  return [head, ...rows]
    .map(
      (row) =>
        `  ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  ")}`,
    )
    .join("\n");
}
