// `npm run bench`: measures what the product promises about speed. Each benchmark is a file of its own.
import { parseOptions, reportError, UsageError } from "../lib/command.ts";
import { describeMachine } from "./machine.ts";
import { benchOverload, printOverload } from "./overload.ts";
import { benchReconnects, printReconnects } from "./reconnects.ts";
import { benchStore, printStore } from "./store.ts";

interface Benchmark {
  readonly about: string;
  /** @returns the figures, and the same as text */
  run(say: (line: string) => void): Promise<{ figures: object; text: string }>;
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
  store: {
    about: "embedded servers with a thousand and a million tweets, and inserts beside bare SQLite; three minutes",
    async run(say) {
      const figures = await benchStore(say);
      return { figures, text: printStore(figures) };
    },
  },
};

const USAGE = `Measures this server on this machine. Close other programs first.

  npm run bench -- [options]

  --only NAME   runs one benchmark instead of all
  --json        prints the figures as JSON
  --help        prints this text

${Object.entries(BENCHMARKS)
  .map(([name, { about }]) => `${name.padEnd(12)}  ${about}`)
  .join("\n")}`;

async function main(): Promise<void> {
  const { values } = parseOptions(process.argv.slice(2), {
    only: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  if (values.help) return console.log(USAGE);
  const names = values.only === undefined ? Object.keys(BENCHMARKS) : [values.only];
  const results: Record<string, object> = {};
  const machine = describeMachine();
  const { json } = values;
  if (!json) for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)} ${value}`);
  for (const name of names) {
    const benchmark = BENCHMARKS[name];
    if (!benchmark) throw new UsageError(`--only must be one of ${Object.keys(BENCHMARKS).join(", ")}, not "${name}"`);
    const { figures, text } = await benchmark.run((line) => console.error(`${name}: ${line}`));
    results[name] = figures;
    if (!json) console.log(`\n${name}\n${text}`);
  }
  if (json) console.log(JSON.stringify({ machine, ...results }, null, 2));
}

await main().catch((error: unknown) => {
  process.exitCode = 2;
  reportError(error, "bench");
});
