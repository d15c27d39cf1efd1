import { randomInt } from "node:crypto";
import { parseOptions, UsageError, wholeNumber } from "../../lib/command.ts";

export interface ReplayOptions {
  /** The edge list's file, or null to make a graph up. */
  readonly graph: string | null;
  readonly bothWays: boolean;
  readonly tweets: number;
  readonly sockets: number;
  readonly concurrency: number;
  readonly seed: number;
  /** The system to drive, or null to start a server for this run. */
  readonly url: string | null;
}

export const USAGE = `Signs up people who follow and tweet through the public API, then compares every feed, profile, tweet and
socket with what the server acknowledged.

  npm run replay -- [options]

  --graph FILE      the follow graph: an edge list, one "a b" per line; by default 100 people are made up
  --both-ways       treats each edge as a friendship: both people follow each other
  --tweets N        tweets to post (1000); in between, people follow, unfollow, delete and read
  --sockets K       live connections, of people chosen at random (50)
  --concurrency C   requests at once (32)
  --seed S          a whole number that decides every action; by default one is drawn and printed
  --url U           the system to drive, started with RATE_LIMIT_SCALE=1000000; by default a server starts with empty
                    data, which are removed afterwards
  --help            prints this text

Each sign-up takes about 20 ms of a server's core for argon2. Exits with 1 when a tweet or a live message is lost,
missing, doubled, out of order or unexpected; the output then ends with examples and the command for another run.`;

/** @returns the options, or null when help is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): ReplayOptions | null {
  const { values } = parseOptions(args, {
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

/** @returns the given seed, else a random one of 32 bits, the size of the generator's state. @throws UsageError */
export function readSeed(text: string | undefined): number {
  return text === undefined ? randomInt(2 ** 32) : wholeNumber("seed", text, 0);
}
