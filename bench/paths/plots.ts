import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PathFigures } from "./measure-path.ts";
import type { CurvePoint } from "./path.ts";

const WIDTH = 720;
const BAR_HEIGHT = 18;
const BAR_GAP = 10;
const LABEL_WIDTH = 220;
const CHART_HEIGHT = 320;
const MARGIN = 60;
const FONT = 'font-family="sans-serif" font-size="12"';

/**
 * Writes `ratios.svg`, with the ratio of each path and its goal, and for each path with a curve `NAME-latency.svg`.
 *
 * @returns the names of the files
 */
export async function writePlots(folder: string, paths: Readonly<Record<string, PathFigures>>): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const plots: [string, string][] = [["ratios.svg", ratiosOf(paths)]];
  for (const [name, { about, curve }] of Object.entries(paths)) {
    if (curve.length > 0) plots.push([`${name}-latency.svg`, latencyOf(about, curve)]);
  }
  for (const [name, svg] of plots) await writeFile(join(folder, name), svg);
  return plots.map(([name]) => name);
}

/** A bar for the ratio of each row with a goal for it, its spread as a thin line, and the goal as a mark. */
function ratiosOf(paths: Readonly<Record<string, PathFigures>>): string {
  const rows = Object.entries(paths).flatMap(([name, figures]) =>
    figures.rows
      .filter(({ by, goal }) => by === "ratio" && goal)
      .map((row) => ({ ...row, label: `${name}: ${row.name}` })),
  );
  const goalOf = (goal: (typeof rows)[number]["goal"]) => (goal && "atLeast" in goal ? goal.atLeast : goal!.atMost);
  const most = Math.max(1, ...rows.flatMap((row) => [row.most, goalOf(row.goal)]));
  const x = (value: number) => LABEL_WIDTH + (value / most) * (WIDTH - LABEL_WIDTH - MARGIN);
  const bars = rows.map((row, at) => {
    const top = BAR_GAP + at * (BAR_HEIGHT + BAR_GAP);
    const middle = top + BAR_HEIGHT / 2;
    return [
      text(LABEL_WIDTH - 8, middle + 4, row.label, "end"),
      `<rect x="${LABEL_WIDTH}" y="${top}" width="${x(row.median) - LABEL_WIDTH}" height="${BAR_HEIGHT}" fill="${row.reached ? "#2a7" : "#c63"}"/>`,
      line(x(row.least), middle, x(row.most), middle, "#333"),
      line(x(goalOf(row.goal)), top - 3, x(goalOf(row.goal)), top + BAR_HEIGHT + 3, "#000", 2),
      text(Math.max(x(row.most), x(goalOf(row.goal))) + 6, middle + 4, row.median.toPrecision(2)),
    ].join("\n");
  });
  const height = BAR_GAP + rows.length * (BAR_HEIGHT + BAR_GAP) + 24;
  const legend = text(LABEL_WIDTH, height - 8, "ours divided by the bare engine; the mark is the goal");
  return svgOf(height, [...bars, legend]);
}

/** Latency over the offered rate, p50 and p99, on a logarithmic scale. */
function latencyOf(title: string, curve: readonly CurvePoint[]): string {
  const mostRate = Math.max(...curve.map(({ offered }) => offered));
  const all = curve.flatMap(({ p50, p99 }) => [p50, p99]).filter((ms) => ms > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all, low * 10)));
  const x = (rate: number) => MARGIN + (rate / mostRate) * (WIDTH - 2 * MARGIN);
  const share = (ms: number) => Math.log10(Math.max(ms, low) / low) / Math.log10(high / low);
  const y = (ms: number) => CHART_HEIGHT - MARGIN - share(ms) * (CHART_HEIGHT - 2 * MARGIN);
  const grid: string[] = [];
  for (let ms = low; ms <= high; ms *= 10) {
    grid.push(line(MARGIN, y(ms), WIDTH - MARGIN, y(ms), "#ddd"), text(MARGIN - 6, y(ms) + 4, `${ms} ms`, "end"));
  }
  for (const { offered } of curve) {
    grid.push(text(x(offered), CHART_HEIGHT - MARGIN + 18, `${Math.round(offered)}/s`, "middle"));
  }
  const series = (name: "p50" | "p99", color: string) => {
    const points = curve.map((point) => `${x(point.offered).toFixed(1)},${y(point[name]).toFixed(1)}`).join(" ");
    const last = curve.at(-1)!;
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2"/>
${text(x(last.offered) + 6, y(last[name]) + 4, name)}`;
  };
  return svgOf(CHART_HEIGHT, [text(MARGIN, 24, title), ...grid, series("p50", "#2a7"), series("p99", "#c63")]);
}

function svgOf(height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end" = "start"): string {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${FONT}>${escaped}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, color: string, width = 1): string {
  const place = `x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"`;
  return `<line ${place} stroke="${color}" stroke-width="${width}"/>`;
}
