import { ConfigError } from "../lib/errors.ts";
import { parseOptions, reportError, UsageError } from "../lib/command.ts";
import { PRIVATE_UMASK } from "../seams/files/private.ts";
import { OperatorError } from "./operator-error.ts";
import { createProgress, type Progress } from "./progress.ts";
import { embeddedSettings, explain, pathOf } from "./settings.ts";

/** A command on embedded data and one file. */
interface DataCommand<Flag extends string, Result> {
  /** As in `package.json`. */
  name: string;
  usage: string;
  /** The options without a value. */
  flags: readonly Flag[];
  /** Asks for the file, when the arguments name none or several. */
  fileWanted: string;
  /** The kinds of errors, besides ConfigError and OperatorError, whose message is enough for an operator. */
  expected: readonly (abstract new (...args: never[]) => Error)[];
  work(given: Given<Flag>): Promise<Result>;
  /** Prints the result. */
  report(result: Result, given: Given<Flag>): void;
}

/** What a command works with. */
interface Given<Flag extends string> {
  /** Absolute. */
  file: string;
  flags: Readonly<Record<Flag, boolean>>;
  dataDir: string;
  /** Whether the files of media are in the folder, and not in S3. */
  hasMedia: boolean;
  progress: Progress;
}

/** Reads the arguments and settings, works, and reports. The process exits with 1 after an error. */
export async function runDataCommand<Flag extends string, Result>(command: DataCommand<Flag, Result>): Promise<void> {
  try {
    const args = readArguments(command);
    if (args === null) console.log(command.usage);
    else await run(command, args);
  } catch (error) {
    reportError(explain(error), command.name, [ConfigError, OperatorError, ...command.expected]);
    process.exitCode = 1;
  }
}

async function run<Flag extends string, Result>(
  command: DataCommand<Flag, Result>,
  args: Pick<Given<Flag>, "file" | "flags">,
): Promise<void> {
  const { dataDir, mediaUrl } = embeddedSettings();
  process.umask(PRIVATE_UMASK);
  const given = { ...args, dataDir, hasMedia: mediaUrl === undefined, progress: createProgress() };
  const result = await command.work(given).finally(given.progress.end);
  command.report(result, given);
}

/** @returns null when only help is asked for. @throws UsageError */
function readArguments<Flag extends string>({
  flags,
  fileWanted,
}: Pick<DataCommand<Flag, unknown>, "flags" | "fileWanted">) {
  const options = Object.fromEntries(["help", ...flags].map((name) => [name, { type: "boolean" as const }]));
  const { values, positionals } = parseOptions(process.argv.slice(2), options, true);
  if (values["help"]) return null;
  if (positionals.length !== 1) throw new UsageError(fileWanted);
  const isGiven = Object.fromEntries(flags.map((flag) => [flag, values[flag] === true])) as Record<Flag, boolean>;
  return { file: pathOf(positionals[0]!), flags: isGiven };
}
