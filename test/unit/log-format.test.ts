import { describe, expect, it } from "@jest/globals";
import { createLogFormat } from "../../broker/log-format.ts";
import { BadRequestError, NotFoundError } from "../../lib/errors.ts";

const ORIGIN = { nodeID: "node-1", mod: "broker" };
const record = (...args: unknown[]) => createLogFormat(false)("info", args, ORIGIN).join(" ");
/** A record without its time. */
const text = (...args: unknown[]) => record(...args).replace(/^\[[^\]]+\] /, "");

describe("a log record", () => {
  it("has time, level, node and module before the message", () => {
    expect(record("Up and", "running", 3)).toMatch(
      /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] INFO {2}node-1\/BROKER: Up and running 3$/,
    );
  });

  const FORGED = "x\n[2026-11-27T00:00:00.000Z] ERROR node-1/BROKER: forged";
  it.each([
    ["a line feed", FORGED],
    ["a carriage return", "x\r[2026] forged"],
    ["a line separator", "x\u2028[2026] forged\u2029"],
    ["a next line of C1", "x\u0085[2026] forged"],
    ["a colour", "x\u001b[31mred"],
    ["a title for the terminal", "x\u001b]0;forged\u0007"],
    ["the C1 form of an escape", "x\u009b31mred"],
    ["backspaces", "x\b\b\b\u007f\u0000\u000b\f"],
    ["a turned direction", "x\u202egnirtS\u2066\u200f"],
  ])("of %s is one line without controls, whatever carries the text", (_, payload) => {
    const nested = { name: payload, [payload]: 1, list: [payload], error: new Error(payload) };
    for (const given of [payload, nested, new NotFoundError(payload), new Map([[payload, payload]]), Symbol(payload)]) {
      expect(record(given)).toMatch(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069\u200e\u200f]+$/u);
    }
    const lines = record(new Error(payload)).split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}at \P{Cc}+$/u);
  });

  it("of an error has its stack, its fields and its causes", () => {
    const cause = new TypeError("no\nsocket");
    const error = Object.assign(new Error("can't write", { cause }), { code: "EIO" });
    expect(text(error)).toMatch(
      /^INFO {2}node-1\/BROKER: Error: can't write \{ code: 'EIO' \}\n {4}at .*\n( {4}at .*\n)+ {2}caused by TypeError: no\\nsocket\n {4}at /,
    );
  });

  it("of a client's mistake has no stack", () => {
    expect(text("rejected", new NotFoundError("There is no user x"))).toBe(
      "INFO  node-1/BROKER: rejected NotFoundError: There is no user x",
    );
    expect(text(new BadRequestError("Unknown fields: y"))).toBe(
      "INFO  node-1/BROKER: BadRequestError: Unknown fields: y",
    );
  });

  it("is coloured on a terminal, but not by what is logged", () => {
    const [line] = createLogFormat(true)("error", ["x\u001b[32mgreen"], ORIGIN);
    expect(line).toContain("\u001b[31mERROR");
    expect(line).toContain("xgreen");
  });
});
