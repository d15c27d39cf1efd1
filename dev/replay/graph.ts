import { readFile } from "node:fs/promises";
import type { Random } from "./random.ts";

/** Who follows whom at the start. People are numbers from 0. */
export interface Graph {
  readonly people: number;
  /** Pairs of follower and followee, each once. */
  readonly follows: readonly (readonly [follower: number, followee: number])[];
}

/** A graph can't be used; the message says which file and line. */
export class GraphError extends Error {
  override name = "GraphError";
}

/** In a graph that is made up, how many each newcomer follows. */
const FOLLOWS_EACH = 8;

/**
 * Reads an edge list: a line for each edge, `a b` for "a follows b", more fields ignored, lines with `#` or `%` are
 * comments. The names of the nodes may be anything; loops and repetitions are left out.
 *
 * @param bothWays whether each edge is a friendship: b follows a as well
 * @throws GraphError
 */
export async function readGraph(file: string, bothWays: boolean): Promise<Graph> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new GraphError(`The graph can't be read: ${error.message}`);
  });
  const numbers = new Map<string, number>();
  const numberOf = (name: string) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
  const follows = new Map<string, readonly [number, number]>();
  const add = (a: number, b: number) => {
    if (a !== b) follows.set(`${a} ${b}`, [a, b]);
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || /^\s*[#%]/.test(line)) continue;
    const [from, to] = line.trim().split(/[\s,]+/);
    if (from === undefined || to === undefined) {
      throw new GraphError(`${file}, line ${index + 1}: "${line.trim()}" is no edge; one is like "12 34"`);
    }
    const [a, b] = [numberOf(from), numberOf(to)];
    add(a, b);
    if (bothWays) add(b, a);
  }
  if (follows.size === 0) throw new GraphError(`${file} has no edges`);
  return { people: numbers.size, follows: [...follows.values()] };
}

/** Makes up a graph in which whoever has followers gets more (Barabási and Albert, "preferential attachment", 1999). */
export function inventGraph(people: number, random: Random): Graph {
  const follows: [number, number][] = [];
  /** Everybody once, and once more for each follower. */
  const hats = [0];
  for (let newcomer = 1; newcomer < people; newcomer += 1) {
    const followees = new Set<number>();
    while (followees.size < Math.min(FOLLOWS_EACH, newcomer)) followees.add(random.pick(hats));
    for (const followee of followees) {
      follows.push([newcomer, followee]);
      hats.push(followee);
      // Some know each other.
      if (random.next() < 0.5) follows.push([followee, newcomer]);
    }
    hats.push(newcomer);
  }
  return { people, follows };
}
