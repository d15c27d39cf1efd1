// `npm run replay`: see `USAGE`.
import { reportError, UsageError } from "../../lib/command.ts";
import { temporaryFolder } from "../servers/guard.ts";
import { EMBEDDED, startGuarded } from "../start.ts";
import { GraphError, inventGraph, readGraph } from "./graph.ts";
import { NoAnswerError } from "./http.ts";
import { secondsSince } from "./measure.ts";
import { readOptions, type ReplayOptions, USAGE } from "./options.ts";
import { createRandom } from "./random.ts";
import { replay } from "./replay.ts";
import { auditTable, examplesOf, rateTable } from "./report.ts";

/** Size of a made-up graph. */
const INVENTED_PEOPLE = 100;
/** Time that missing tweets have to appear: four tries of the outbox, whose waits double from 2 s on. */
const SETTLE_MS = 20_000;

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else console.log(USAGE);
} catch (error) {
  reportError(error, "replay", [GraphError, NoAnswerError]);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @returns the exit code */
async function main(options: ReplayOptions): Promise<number> {
  const { tweets, sockets, concurrency, seed } = options;
  const random = createRandom(seed);
  const graph = options.graph ? await readGraph(options.graph, options.bothWays) : inventGraph(INVENTED_PEOPLE, random);
  const began = performance.now();
  const server = options.url === null ? await startOwnServer() : { url: options.url, stop: () => Promise.resolve() };
  try {
    console.log(`${graph.people} people, ${graph.follows.length} follows, seed ${seed}, at ${server.url}`);
    const run = await replay(server.url, graph, random, { tweets, sockets, concurrency, settleMs: SETTLE_MS });
    console.log(`\n${auditTable(run)}\n\n${rateTable(run, graph.follows.length)}\n`);
    console.log(`${secondsSince(began).toFixed(1)} s in total`);
    if (run.findings.isClean) return 0;
    console.error(`\n${examplesOf(run)}\n\nTo run this again: ${commandOf(options)}`);
    return 1;
  } finally {
    await server.stop();
  }
}

/** Starts an embedded server with empty data, whatever stores the environment names. */
async function startOwnServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await temporaryFolder("starling-replay-");
  const server = await startGuarded({ ...EMBEDDED, DATA_DIR: folder.path, RATE_LIMIT_SCALE: "1000000" });
  return {
    url: server.url,
    async stop() {
      const code = await server.stop();
      await folder.remove();
      if (code !== 0) throw new Error(`The server exited with code ${code}:\n${server.output().slice(-4000)}`);
    },
  };
}

/** The command that repeats this run. */
function commandOf({ graph, bothWays, tweets, sockets, concurrency, seed, url }: ReplayOptions): string {
  const words = [
    ...(graph === null ? [] : ["--graph", graph]),
    ...(bothWays ? ["--both-ways"] : []),
    `--tweets ${tweets} --sockets ${sockets} --concurrency ${concurrency} --seed ${seed}`,
    ...(url === null ? [] : ["--url", url]),
  ];
  return `npm run replay -- ${words.join(" ")}`;
}
