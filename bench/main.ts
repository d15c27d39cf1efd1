// `npm run bench`: see `USAGE`.
import { parseOptions, reportError, UsageError } from "../lib/command.ts";
import { type ServerName, ServerMissingError, ServerStartError } from "../dev/servers/index.ts";
import { describeMachine, describeServers } from "./machine.ts";
import { benchFirstLoad, printFirstLoad } from "./first-load.ts";
import { benchOverload, printOverload } from "./overload.ts";
import { PATHS } from "./paths/index.ts";
import { measurePath, type PathFigures } from "./paths/measure-path.ts";
import { FULL, QUICK } from "./paths/path.ts";
import { writePlots } from "./paths/plots.ts";
import { markdownOf, printPath } from "./paths/report.ts";
import { benchReconnects, printReconnects } from "./reconnects.ts";
import { benchStore, printStore } from "./store.ts";

/** A benchmark of the server as a whole. */
interface Benchmark {
  readonly about: string;
  /** @returns the figures, and the same as text */
  run(
    say: (line: string) => void,
    options: { baseline?: string | undefined },
  ): Promise<{ figures: object; text: string }>;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  overload: {
    about: "an embedded server under three times the load that it can bear, for a minute; takes about four minutes",
    async run(say) {
      const figures = await benchOverload(say);
      return { figures, text: printOverload(figures) };
    },
  },
  reconnects: {
    about: "an embedded server with 5000 live connections, which get tweets and come back after a restart; two minutes",
    async run(say) {
      const figures = await benchReconnects(say);
      return { figures, text: printReconnects(figures) };
    },
  },
  "first-load": {
    about: "the home screen in a slow browser, until it can be used, beside --baseline; three minutes",
    async run(say, { baseline }) {
      const figures = await benchFirstLoad(say, baseline);
      return { figures, text: printFirstLoad(figures) };
    },
  },
  store: {
    about: "embedded servers with a thousand and a million tweets, and inserts beside bare SQLite; three minutes",
    async run(say) {
      const figures = await benchStore(say);
      return { figures, text: printStore(figures) };
    },
  },
};

const NAMES = [...Object.keys(PATHS), ...Object.keys(BENCHMARKS)];

const USAGE = `Measures this server on this machine. Close other programs first.

  npm run bench -- [options]

  --only NAME,…    runs these benchmarks instead of all
  --quick          takes a few seconds for each path, to see that the bench works: its figures mean nothing
  --json           prints the figures as JSON
  --markdown       prints the paths as a table for docs/performance.md
  --plots FOLDER   writes charts of the paths as SVG
  --baseline DIR   for first-load: the folder of another version, with its client built and its packages installed
  --help           prints this text

Paths are measured beside the bare engine that they stand on, by turns in one run, and their answers are checked. If
the check finds something wrong, the exit code is 1.

${listOf(Object.entries(PATHS).map(([name, { about, beside }]) => [name, `${about}, beside ${beside}`]))}

Other benchmarks:

${listOf(Object.entries(BENCHMARKS).map(([name, { about }]) => [name, about]))}`;

function listOf(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([name, about]) => `  ${name.padEnd(16)} ${about}`).join("\n");
}

function readArguments() {
  const { values } = parseOptions(process.argv.slice(2), {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    plots: { type: "string" },
    baseline: { type: "string" },
    help: { type: "boolean", default: false },
  });
  const names = values.only?.split(",") ?? (values.quick ? Object.keys(PATHS) : NAMES);
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only must be some of ${NAMES.join(", ")}, not "${unknown}"`);
  const slow = names.find((name) => values.quick && Object.hasOwn(BENCHMARKS, name));
  if (slow !== undefined) throw new UsageError(`${slow} can't be quick: --quick is for paths`);
  return { ...values, names };
}

async function main(): Promise<void> {
  const { help, names, quick, json, markdown, plots, baseline } = readArguments();
  if (help) return console.log(USAGE);
  const effort = quick ? QUICK : FULL;
  const isText = !json && !markdown;
  const needed = new Set<ServerName>(names.flatMap((name) => PATHS[name]?.needs ?? []));
  const machine = { ...describeMachine(), ...(await describeServers([...needed])) };
  if (isText) for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)} ${value}`);
  const paths: Record<string, PathFigures> = {};
  const others: Record<string, object> = {};
  for (const name of names) {
    const say = (line: string) => console.error(`${name}: ${line}`);
    const path = PATHS[name];
    if (path) {
      const figures = (paths[name] = await measurePath(path, effort, say));
      if (isText) console.log(`\n${name}\n${printPath(figures)}`);
      continue;
    }
    const { figures, text } = await BENCHMARKS[name]!.run(say, { baseline });
    others[name] = figures;
    if (isText) console.log(`\n${name}\n${text}`);
  }
  if (json) console.log(JSON.stringify({ machine, ...paths, ...others }, null, 2));
  if (markdown) console.log(markdownOf(paths));
  if (plots !== undefined) for (const file of await writePlots(plots, paths)) console.error(`wrote ${plots}/${file}`);
  for (const [name, { problems }] of Object.entries(paths)) {
    for (const problem of problems) console.error(`${name}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

await main().catch((error: unknown) => {
  process.exitCode = 2;
  reportError(error, "bench", [ServerMissingError, ServerStartError]);
});
