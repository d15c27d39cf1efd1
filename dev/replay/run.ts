import type { Findings } from "./findings.ts";
import type { Client } from "./http.ts";
import type { Measures } from "./measure.ts";
import type { Oracle } from "./oracle.ts";
import type { Person } from "./people.ts";

/** State shared by the steps of a run: sign-up, load and audit. */
export interface Run {
  readonly client: Client;
  readonly people: readonly Person[];
  /** Prefix of every key, so that keys of two runs on the same system differ. */
  readonly tag: string;
  readonly oracle: Oracle;
  readonly measures: Measures;
  readonly findings: Findings;
  /**
   * Pairs (`follower,followee`) with an unanswered try. The server may still carry that try out at any time, so the run
   * makes no further requests for the pair.
   */
  readonly uncertain: Set<string>;
}
