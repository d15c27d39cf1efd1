import { afterAll, beforeAll, describe } from "@jest/globals";
import { type ServerName, serversMissing } from "../../dev/servers/index.ts";

/** Fetching a server over a slow line, and starting it on a busy machine. */
const START_MS = 300_000;

/**
 * For tests that need real servers: `const describe = await describeWith("mongod")`.
 *
 * @returns `describe`, or where one of the servers can't be had, `describe.skip`; in CI always `describe`, so that its
 *   tests fail
 */
export async function describeWith(...servers: ServerName[]): Promise<typeof describe | typeof describe.skip> {
  const missing = await serversMissing(servers);
  if (missing.length === 0 || process.env["CI"]) return describe;
  for (const { message } of missing) console.warn(`Tests are skipped. ${message}`);
  return describe.skip;
}

/**
 * Starts something once for all tests of a file (or of a `describe`) and stops it after them:
 * `const redis = useServer(() => startRedis())`, and in a test `redis().url`.
 */
export function useServer<T extends { stop(): Promise<void> }>(start: () => Promise<T>): () => T {
  let running: T | undefined;
  beforeAll(async () => {
    running = await start();
  }, START_MS);
  afterAll(() => running?.stop());
  return () => {
    if (!running) throw new Error("Servers run only inside of tests and hooks");
    return running;
  };
}
