import { expect } from "@jest/globals";
import type { Reply } from "./client.ts";
import type { Problem } from "./shapes.ts";

// Patterns of stack traces, of our file paths and of libraries' own messages, which no reply may contain.
const LEAKS = [
  /^\s+at .+/m,
  /\.[cm]?[jt]s:\d+/,
  /node_modules|node:internal|file:\/\//,
  /\b(?:Syntax|Type|Range|Reference|URI|Zod|Mongo\w*|Moleculer\w*|Validation)Error\b/,
  /moleculer|mongodb|sqlite|ioredis|E11000|ECONNREFUSED|ENOENT|EACCES|\bJSON\.parse\b/i,
];

/** Checks that a text for clients reveals no internals. */
export function expectNoLeak(text: string): void {
  for (const leak of LEAKS) expect(text).not.toMatch(leak);
}

/** Checks a problem object (RFC 9457) of a reply or of a socket's acknowledgement. */
export function expectProblemBody(problem: Problem, status: number, code?: string): void {
  expect(problem).toMatchObject({
    type: expect.any(String),
    title: expect.stringMatching(/\S/),
    status,
    code: expect.stringMatching(/^[A-Z][A-Z0-9_]*$/),
    detail: expect.stringMatching(/\S/),
  });
  if (code !== undefined) expect(problem.code).toBe(code);
  if (problem.errors !== undefined) {
    for (const error of problem.errors) {
      expect(error).toMatchObject({ field: expect.any(String), message: expect.stringMatching(/\S/) });
    }
  }
  expectNoLeak(JSON.stringify(problem));
}

/**
 * Checks that a reply is a well-formed problem (RFC 9457) that reveals no internals.
 *
 * @param status the expected status, or all that the contract allows
 * @param code the expected `code`, if the contract names one
 * @returns the problem, for further checks
 */
export function expectProblem(reply: Reply, status: number | readonly number[], code?: string): Problem {
  const allowed = typeof status === "number" ? [status] : status;
  if (!allowed.includes(reply.status)) {
    throw new Error(`expected ${allowed.join(" or ")}, got ${reply.status}: ${reply.text.slice(0, 500)}`);
  }
  expect(reply.headers.get("content-type")).toMatch(/^application\/problem\+json\b/);
  const problem = reply.body as Problem;
  expectProblemBody(problem, reply.status, code);
  if (reply.status === 429 || reply.status === 503) {
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  return problem;
}

/** Checks that a reply is a 422 that names the field. */
export function expectInvalid(reply: Reply, field?: string): void {
  const problem = expectProblem(reply, 422, "VALIDATION_ERROR");
  expect(problem.errors?.length).toBeGreaterThan(0);
  if (field !== undefined) {
    expect(problem.errors!.map((error) => error.field.split(/[.[]/)[0])).toContain(field);
  }
}
