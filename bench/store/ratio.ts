import { quantile } from "../load/measures.ts";

/** Two things measured by turns in one run. */
export interface Ratio {
  /** Medians over all rounds. */
  readonly one: number;
  readonly other: number;
  /** One divided by the other, round by round: the median, and the least and most. */
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
}

/** @param rounds what one and the other came to in each round */
export function ratioOf(rounds: readonly (readonly [number, number])[]): Ratio {
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  const ratios = sorted(rounds.map(([one, other]) => one / other));
  return {
    one: quantile(sorted(rounds.map(([one]) => one)), 0.5),
    other: quantile(sorted(rounds.map(([, other]) => other)), 0.5),
    ratio: quantile(ratios, 0.5),
    least: ratios[0]!,
    most: ratios.at(-1)!,
  };
}
