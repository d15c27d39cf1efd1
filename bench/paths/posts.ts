import type { Client } from "../../dev/replay/http.ts";
import { startGenerator } from "../load/load.ts";
import type { ClosedReport } from "../load/closed.ts";
import { auditAnswers, auditPosts } from "./audit.ts";
import { rateOf, sweepOf } from "./http-side.ts";
import type { CurvePoint, Sample, Stage } from "./path.ts";
import { postRequestOf, type Town } from "./people.ts";

const AT_ONCE = 64;
/** The readers whose feeds are compared; all have the same tweets. */
const READERS_AUDITED = 2;

/** Posts of all authors of a town, 64 at a time, and the audit of what was acknowledged. */
export interface Posts {
  ours(seconds: number): Promise<Sample>;
  /** The same requests to the bare server at an address. */
  bare(url: string, pid: number, seconds: number): Promise<Sample>;
  /** @param peak posts a second */
  sweep(peak: number): Promise<CurvePoint[]>;
  audit(): Promise<string[]>;
}

/** @param pids all processes that take part in a post */
export function postsOf(stage: Stage, client: Client, { authors, readers }: Town, pids: readonly number[]): Posts {
  const generator = startGenerator();
  stage.onEnd(() => generator.stop());
  const asked = { url: client.url, requests: authors.map(postRequestOf), connections: AT_ONCE, collectIds: true };
  const acknowledged = new Map(authors.map(({ username }) => [username, [] as string[]]));
  const faults: string[] = [];

  function take(report: ClosedReport): void {
    faults.push(...auditAnswers("The product", report));
    for (const [which, ids] of report.ids.entries()) acknowledged.get(authors[which]!.username)!.push(...ids);
  }

  return {
    ours: (seconds) => rateOf(generator, asked, seconds, pids, take),
    bare: (url, pid, seconds) =>
      rateOf(generator, { ...asked, url }, seconds, [pid], (report) =>
        faults.push(...auditAnswers("The bare engine", report)),
      ),
    sweep: (peak) => sweepOf(generator, asked, peak, stage.effort),
    async audit() {
      const audited = readers.slice(0, READERS_AUDITED);
      return [...faults.splice(0), ...(await auditPosts(client, acknowledged, audited))];
    },
  };
}
