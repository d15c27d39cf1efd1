import { afterAll, beforeAll, describe } from "@jest/globals";
import { type ServerName, serversMissing } from "../../dev/servers/index.ts";

/** Time to fetch a server over a slow connection and to start it on a busy machine. */
const START_LIMIT_MS = 300_000;

/**
 * Gives a `describe` for tests with real servers: `const describe = await describeWith("mongod")`.
 *
 * @returns `describe`, or `describe.skip` when a server is missing and can't be fetched; in CI always `describe`, so that
 *   the tests fail
 */
export async function describeWith(...servers: ServerName[]): Promise<typeof describe | typeof describe.skip> {
  const missing = await serversMissing(servers);
  if (missing.length === 0 || process.env["CI"]) return describe;
  for (const { message } of missing) console.warn(`Tests are skipped. ${message}`);
  return describe.skip;
}

/**
 * Starts a server before all tests of a file (or of a `describe`) and stops it after them:
 * `const redis = useServer(() => startRedis())`, and in a test `redis().url`.
 */
export function useServer<T extends { stop(): Promise<void> }>(start: () => Promise<T>): () => T {
  let running: T | undefined;
  beforeAll(async () => {
    running = await start();
  }, START_LIMIT_MS);
  afterAll(() => running?.stop());
  return () => {
    if (!running) throw new Error("Servers run only during tests and hooks: use them inside of those");
    return running;
  };
}
