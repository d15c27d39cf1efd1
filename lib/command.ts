import { parseArgs } from "node:util";

/** The arguments of a command are wrong; the message says which and why. */
export class UsageError extends Error {
  override name = "UsageError";
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

/** `util.parseArgs` for one command. @throws UsageError for arguments that the options do not allow */
export function parseOptions<const O extends Options>(args: readonly string[], options: O, allowPositionals = false) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals });
  } catch (error) {
    // Drops Node.js's further advice, which is about arguments that begin with a dash.
    throw new UsageError((error as Error).message.replace(/\. To specify a positional argument .*$/s, ""));
  }
}

/** @throws UsageError that names the option */
export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} must be a whole number, ${least} or more, not "${text}"`);
  }
  return value;
}

/**
 * Prints the message of an error that the user can do something about, without its stack trace.
 *
 * @param script the command's name in `package.json`, for the pointer to its `--help`
 * @param expected the kinds of errors, besides UsageError, whose message needs no stack trace
 * @throws the error itself when it is of another kind, so that its stack trace is printed
 */
export function reportError(
  error: unknown,
  script: string,
  expected: readonly (abstract new (...args: never[]) => Error)[] = [],
): void {
  if (error instanceof UsageError)
    process.stderr.write(`${error.message} (all options: npm run ${script} -- --help)\n`);
  else if (error instanceof Error && expected.some((kind) => error instanceof kind))
    process.stderr.write(`${error.message}\n`);
  else throw error;
}

/** Waits for a signal that asks this process to end. A second signal ends the process at once. */
export function untilSignalled(): Promise<NodeJS.Signals> {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  return new Promise((resolve) => {
    const receive = (signal: NodeJS.Signals) => {
      for (const each of signals) process.off(each, receive);
      resolve(signal);
    };
    for (const each of signals) process.on(each, receive);
  });
}
