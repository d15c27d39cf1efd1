import { readFile } from "node:fs/promises";
import type { Random } from "./random.ts";

/** The follows at the start of a run. People are numbers from 0. */
export interface Graph {
  readonly people: number;
  /** Distinct pairs of follower and followee. */
  readonly follows: readonly (readonly [follower: number, followee: number])[];
}

/** An edge list can't be used; the message names the file and line. */
export class GraphError extends Error {
  override name = "GraphError";
}

/** Follows of each newcomer in a made-up graph. */
const FOLLOWS_EACH = 8;

/**
 * Reads an edge list. Each line `a b` means "a follows b"; further fields are ignored, and lines that start with `#` or
 * `%` are comments. Nodes may have any names. Loops and repeated edges are left out.
 *
 * @param bothWays whether each edge is a friendship, so that b follows a as well
 * @throws GraphError
 */
export async function readGraph(file: string, bothWays: boolean): Promise<Graph> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new GraphError(`The graph can't be read (${error.message}). Give --graph the path of an edge list.`);
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
      throw new GraphError(`${file}, line ${index + 1}: "${line.trim()}" is not an edge like "12 34"`);
    }
    const [a, b] = [numberOf(from), numberOf(to)];
    add(a, b);
    if (bothWays) add(b, a);
  }
  if (follows.size === 0) throw new GraphError(`${file} has no edges: each line must be like "12 34"`);
  return { people: numbers.size, follows: [...follows.values()] };
}

/** Makes up a graph in which people with followers attract more (Barabási and Albert, "preferential attachment", 1999). */
export function inventGraph(people: number, random: Random): Graph {
  const follows: [number, number][] = [];
  /** Each person once, plus once per follower: a random pick prefers people with many followers. */
  const hats = [0];
  for (let newcomer = 1; newcomer < people; newcomer += 1) {
    const following = new Set<number>();
    while (following.size < Math.min(FOLLOWS_EACH, newcomer)) following.add(random.pick(hats));
    for (const followee of following) {
      follows.push([newcomer, followee]);
      hats.push(followee);
      // Half of the follows are mutual.
      if (random.next() < 0.5) follows.push([followee, newcomer]);
    }
    hats.push(newcomer);
  }
  return { people, follows };
}
