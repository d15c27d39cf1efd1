import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

/** Somebody asked for what can't be done; the message says what. */
export class UsageError extends Error {
  override name = "UsageError";
}

export interface ReplayOptions {
  /** The edge list, or null for a graph that is made up. */
  readonly graph: string | null;
  readonly bothWays: boolean;
  readonly tweets: number;
  readonly sockets: number;
  readonly concurrency: number;
  readonly seed: number;
  /** Null: a server of its own. */
  readonly url: string | null;
}

export const USAGE = `Drives real input through the public API, and compares what everybody sees with what was acknowledged.

  npm run replay -- [options]

  --graph FILE      who follows whom: an edge list, "a b" a line; without, 100 people are made up
  --both-ways       each edge is a friendship: both follow each other
  --tweets N        tweets to post (1000); meanwhile people follow, unfollow, delete and read now and then
  --sockets K       live connections, of people chosen at random (50)
  --concurrency C   requests at once (32)
  --seed S          a whole number that decides who does what; without, one is drawn and printed
  --url U           the system to drive, started with RATE_LIMIT_SCALE=1000000; without, a server of its own is
                    started with empty data, which are removed afterwards
  --help            this text

Each sign-up costs the server about 20 ms of a core, for argon2. Every feed is read to its end, every profile, every
tweet, and each socket's stream is checked. Exits with 1 when anything is lost, missing, doubled, out of order or
unexpected.`;

/** @returns the options, or null when help is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): ReplayOptions | null {
  const values = parseOptions(args, {
    graph: { type: "string" },
    "both-ways": { type: "boolean" },
    tweets: { type: "string", default: "1000" },
    sockets: { type: "string", default: "50" },
    concurrency: { type: "string", default: "32" },
    seed: { type: "string" },
    url: { type: "string" },
    help: { type: "boolean" },
  });
  if (values.help) return null;
  const { url = null, graph = null } = values;
  if (url !== null && !/^https?:\/\//.test(url)) throw new UsageError("--url must be like http://localhost:3000");
  return {
    graph,
    bothWays: values["both-ways"] ?? false,
    tweets: wholeNumber("tweets", values.tweets, 1),
    sockets: wholeNumber("sockets", values.sockets, 0),
    concurrency: wholeNumber("concurrency", values.concurrency, 1),
    seed: readSeed(values.seed),
    url: url && url.replace(/\/+$/, ""),
  };
}

/** `util.parseArgs`, whose complaints are of the user's input. @throws UsageError */
export function parseOptions<const O extends NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>>(
  args: readonly string[],
  options: O,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws UsageError that names the option */
export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} must be a whole number from ${least} on, not "${text}"`);
  }
  return value;
}

/** @returns the seed that was given, else one that is drawn: 32 bits, as the generator takes. @throws UsageError */
export function readSeed(text: string | undefined): number {
  return text === undefined ? randomInt(2 ** 32) : wholeNumber("seed", text, 0);
}
