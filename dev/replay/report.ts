import { type Finding, FINDINGS } from "./findings.ts";
import type { Latencies } from "./measure.ts";
import type { Run } from "./run.ts";

/** Findings of each kind that are listed one by one; the rest is only counted. */
const EXAMPLES = 5;

/** @returns a table of the run: the acknowledged tweets, and the number of findings of each kind */
export function auditTable({ oracle, findings }: Run): string {
  const rows = (Object.keys(FINDINGS) as Finding[]).map((kind): [string, number] => [
    FINDINGS[kind],
    findings.count(kind),
  ]);
  return table([["acknowledged", oracle.tweets.size], ...rows]);
}

/** @returns the first few findings of each kind, one per line; empty without findings */
export function examplesOf({ findings }: Run): string {
  return (Object.keys(FINDINGS) as Finding[])
    .flatMap((kind) => {
      const all = findings.all(kind);
      const shown = all.slice(0, EXAMPLES).map((what) => `${FINDINGS[kind]}: ${what}`);
      return all.length > EXAMPLES ? [...shown, `${FINDINGS[kind]}: … ${all.length - EXAMPLES} more`] : shown;
    })
    .join("\n");
}

/** @returns a table of rates and latencies. @param follows the number of follows in the graph */
export function rateTable({ people, oracle, measures }: Run, follows: number): string {
  const {
    signupSeconds,
    followSeconds,
    loadSeconds,
    deliveriesDue,
    auditSeconds,
    pagesAudited,
    post,
    live,
    read,
    retries,
  } = measures;
  const rate = (count: number, seconds: number) => Math.round(count / seconds);
  return table([
    ["sign-ups/s", rate(people.length, signupSeconds)],
    ["follows/s", rate(follows, followSeconds)],
    ["tweets/s", rate(oracle.tweets.size, loadSeconds)],
    ["deliveries/s to feeds", rate(deliveriesDue, loadSeconds)],
    ["deliveries/s to sockets", rate(live.count, loadSeconds)],
    ["feed reads/s", rate(pagesAudited, auditSeconds)],
    ["post, ms", percentiles(post)],
    ["live delivery, ms", percentiles(live)],
    ["feed read, ms", percentiles(read)],
    ["retries", retries],
  ]);
}

/** Aligns names and values in columns. */
function table(rows: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const values = rows.map(([, value]) => (typeof value === "number" ? value.toLocaleString("en") : value));
  const valueWidth = Math.max(...values.filter((_, at) => typeof rows[at]![1] === "number").map((text) => text.length));
  return rows.map(([name], at) => `  ${name.padEnd(width)}  ${values[at]!.padStart(valueWidth)}`).join("\n");
}

function percentiles(latencies: Latencies): string {
  const [half, most, nearlyAll] = [0.5, 0.95, 0.99].map((part) => latencies.percentile(part).toFixed(1));
  return `p50 ${half}   p95 ${most}   p99 ${nearlyAll}`;
}
