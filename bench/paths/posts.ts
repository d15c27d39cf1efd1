import { startGenerator } from "../load/load.ts";
import type { ClosedReport } from "../load/closed.ts";
import { auditAnswers, auditPosts } from "./audit.ts";
import { createMeter } from "./cpu.ts";
import { sampleOf, sweepOf } from "./http-side.ts";
import type { CurvePoint, OpenPath, Sample, Stage } from "./path.ts";
import { foundTown, postRequestOf } from "./people.ts";
import type { System } from "./system.ts";

const TOWN = { authors: 10, readers: 20, tweetsEach: 1 };
const QUICK_TOWN = { authors: 2, readers: 2, tweetsEach: 1 };
/** The readers whose feeds are compared; all have the same tweets. */
const READERS_AUDITED = 2;
const REST_SECONDS = 3;

/** Posts at once. */
export const AT_ONCE = 64;

/** Posts of ten authors with 20 followers each, 64 at a time, and the audit of what was acknowledged. */
export type Posts = Omit<OpenPath, "bare"> & {
  /** Sends the same requests to a bare server. */
  bareHttp(url: string, seconds: number): Promise<ClosedReport>;
};

export async function openPosts(stage: Stage, { url, client, processes }: System): Promise<Posts> {
  const { isQuick } = stage.effort;
  const { authors, readers } = await foundTown(client, isQuick ? QUICK_TOWN : TOWN);
  const generator = startGenerator();
  stage.onEnd(() => generator.stop());
  const meter = await createMeter(processes, isQuick ? stage.effort.seconds : REST_SECONDS);
  const asked = { url, requests: authors.map(postRequestOf), connections: AT_ONCE, collectIds: true };
  const acknowledged = new Map(authors.map(({ username }) => [username, [] as string[]]));
  const faults: string[] = [];
  const spent: Record<string, number> = {};
  let posted = 0;

  async function ours(seconds: number): Promise<Sample> {
    const { result, micros, byKind } = await meter.measure(() => generator.closed({ ...asked, seconds }));
    faults.push(...auditAnswers("The product", result));
    for (const [which, ids] of result.ids.entries()) acknowledged.get(authors[which]!.username)!.push(...ids);
    for (const [kind, used] of Object.entries(byKind)) spent[kind] = (spent[kind] ?? 0) + used;
    posted += result.answered;
    return sampleOf(result.answered, result.seconds, micros);
  }

  return {
    ours,
    async bareHttp(bareUrl, seconds) {
      const report = await generator.closed({ ...asked, url: bareUrl, seconds });
      faults.push(...auditAnswers("The bare engine", report));
      return report;
    },
    sweep: (peak): Promise<CurvePoint[]> => sweepOf(generator, asked, peak, stage.effort),
    async audit() {
      const found = await auditPosts(client, acknowledged, readers.slice(0, READERS_AUDITED));
      return [...faults.splice(0), ...found];
    },
    details: () =>
      Promise.resolve({
        ...Object.fromEntries(Object.entries(spent).map(([kind, used]) => [`µs of ${kind} a post`, used / posted])),
        "% of a core at rest": meter.restShare * 100,
      }),
    replayAt: url,
  };
}
