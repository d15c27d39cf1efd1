import { inspect, styleText } from "node:util";

/**
 * Characters that could end a line, move the cursor, colour the terminal or turn the reading direction: C0 and C1
 * controls, the line and paragraph separators, and the controls of bidirectional text.
 */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** What Moleculer's own messages may contain on a terminal. */
// eslint-disable-next-line no-control-regex
const COLOR = /\u001b\[[\d;]*m/g;
const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** A cause of a cause of a cause is printed, too, but no longer chain. */
const CAUSES_LIMIT = 3;

const COLORS = {
  fatal: "redBright",
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "magenta",
  trace: "grey",
} as const;

/** The fields that Moleculer gives every record. */
interface Bindings {
  nodeID: string;
  mod: string;
}

/**
 * Makes the formatter of Moleculer's logger. Each record begins with its time at the start of a line. Nothing that is
 * logged can look like the beginning of another record: text is escaped, and the further lines of a record, which are the
 * frames of stack traces, are indented.
 *
 * @param colors whether a terminal shows the log
 */
export function createLogFormat(colors: boolean) {
  const paint = (color: Parameters<typeof styleText>[0], text: string) =>
    colors ? styleText(color, text, { validateStream: false }) : text;

  return (level: keyof typeof COLORS, args: readonly unknown[], { nodeID, mod }: Bindings): [string] => {
    const time = paint("grey", `[${new Date().toISOString()}]`);
    const source = paint("grey", `${printable(nodeID)}/${printable(mod.toUpperCase())}:`);
    return [`${time} ${paint(COLORS[level], level.toUpperCase().padEnd(5))} ${source} ${args.map(textOf).join(" ")}`];
  };
}

/** Makes text harmless to a terminal and to readers of lines: removes colours, and escapes other controls. */
function printable(text: string): string {
  return text.replace(COLOR, "").replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return NAMED[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
  });
}

function textOf(value: unknown): string {
  if (value instanceof Error) return errorText(value, CAUSES_LIMIT);
  return printable(typeof value === "string" ? value : inspected(value));
}

function inspected(value: unknown): string {
  return inspect(value, { depth: 2, compact: true, breakLength: Infinity });
}

function errorText(error: Error, causesLimit: number): string {
  const head = printable(`${error.name}: ${error.message}`);
  // A client caused it, so where it was thrown tells nothing; and there may be thousands a second.
  if (isRefusal(error)) return head;
  const details = Object.keys(error).length === 0 ? "" : ` ${printable(inspected({ ...error }))}`;
  const cause =
    error.cause instanceof Error && causesLimit > 0 ? `\n  caused by ${errorText(error.cause, causesLimit - 1)}` : "";
  return `${head}${details}${framesOf(error)}${cause}`;
}

/** Whether the error answers a client's mistake. */
function isRefusal(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "number" && code >= 400 && code < 500;
}

/** The stack trace without its first part, which repeats the message. */
function framesOf({ stack = "", message }: Error): string {
  const at = stack.indexOf(message);
  const frames = (at === -1 ? stack : stack.slice(at + message.length)).split("\n");
  return frames
    .filter((line) => /^ +at /.test(line))
    .map((line) => `\n${" ".repeat(4)}${printable(line.trim())}`)
    .join("");
}
