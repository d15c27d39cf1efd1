import type { ServerName } from "../../dev/servers/index.ts";

/** How long and how often a path is measured. */
export interface Effort {
  /** A quick run shows that the bench works. Its figures mean nothing. */
  readonly isQuick: boolean;
  /** Rounds of ours and bare by turns. */
  readonly rounds: number;
  /** How long one measurement takes. */
  readonly seconds: number;
}

export const FULL: Effort = { isQuick: false, rounds: 5, seconds: 2 };
export const QUICK: Effort = { isQuick: true, rounds: 2, seconds: 0.3 };

/** What is measured of a path, in a row of its own. */
export interface Row {
  readonly name: string;
  /** `/s`, `ms`, `µs`, `s`, `KiB` or `bytes`. */
  readonly unit: string;
  /** Whether ours is divided by bare, has bare subtracted, or stands for itself. */
  readonly by: "ratio" | "difference" | "ours";
  /** The goal for the ratio, for the difference, or for ours. */
  readonly goal: Goal | null;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One measurement: a value for each row that this side has, by the name of the row. */
export type Sample = Readonly<Record<string, number>>;

/** Latency against the rate at which requests were due. Latencies are in milliseconds, from when a request was due. */
export interface CurvePoint {
  /** Requests a second. */
  readonly offered: number;
  /** Answers a second. */
  readonly answered: number;
  readonly p50: number;
  readonly p99: number;
}

/** A path on its stage: two systems that are ready to be measured. */
export interface OpenPath {
  /** Measures the product for so many seconds. */
  ours(seconds: number): Promise<Sample>;
  /** Measures the engine below it in the same way. */
  bare(seconds: number): Promise<Sample>;
  /** Checks the answers. Called before and after the rounds. @returns a sentence for each fault; none if all is well */
  audit(): Promise<string[]>;
  /** Measures latency at fixed rates. @param peak the median rate that ours came to */
  sweep?(peak: number): Promise<CurvePoint[]>;
  /** Further figures, with their units in their names. Called after the rounds. */
  details?(): Promise<Readonly<Record<string, number | string>>>;
  /** The address of a system on which a replay must find nothing after the rounds. */
  readonly replayAt?: string;
}

/** Where a path is set up. */
export interface Stage {
  readonly effort: Effort;
  /** Prints progress. */
  readonly say: (line: string) => void;
  /** Has something stopped or removed at the end, the last one first. */
  readonly onEnd: (end: () => unknown) => void;
}

/** A way through the product that is measured beside the bare engine that it stands on. */
export interface Path {
  readonly about: string;
  /** The bare engine, as a part of a sentence. */
  readonly beside: string;
  /** The servers that it needs. */
  readonly needs: readonly ServerName[];
  readonly rows: readonly Row[];
  /** How long one measurement takes in a full run, where that of all paths is too short for many operations. */
  readonly seconds?: number;
  open(stage: Stage): Promise<OpenPath>;
}

/** Limits are on, and so high that no load reaches them, unless the environment says otherwise. */
export const RATE_LIMIT_SCALE = process.env["RATE_LIMIT_SCALE"] ?? "1000000";
