import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { startServer } from "../dev/start.ts";
import { createCast, type Person } from "./support/cast.ts";
import { createApi, type Api } from "./support/client.ts";
import { closeAllLive } from "./support/live.ts";

export * from "./support/cast.ts";
export * from "./support/client.ts";
export * from "./support/eventually.ts";
export * from "./support/live.ts";
export * from "./support/pages.ts";
export * from "./support/problem.ts";
export * from "./support/raw.ts";
export * from "./support/shapes.ts";

/** A running Starling, as clients see it. */
export interface Starling {
  readonly url: string;
  /** A client without a token. */
  readonly api: Api;
  cast<const N extends string>(...names: N[]): Promise<Record<N, Person>>;
  /** Checks that it still runs and is ready. */
  expectWell(): Promise<void>;
  stop(): Promise<void>;
}

function starling(url: string, stop: () => Promise<void>): Starling {
  const api = createApi(url);
  return {
    url,
    api,
    cast: (...names) => createCast(url, ...names),
    async expectWell() {
      for (const path of ["/health/live", "/health/ready"]) expect((await api.get(path)).status).toBe(200);
    },
    stop,
  };
}

/** @returns the path of a new folder */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "starling-test-"));
}

/**
 * Gives the system under test: the one at `STARLING_TEST_URL` if that is set (a cluster, for example), else a new embedded
 * server with empty data and very high rate limits.
 *
 * @param env settings that a test depends on; with any, the system is always a new server
 */
export async function startStarling(env?: Record<string, string>): Promise<Starling> {
  const running = process.env["STARLING_TEST_URL"];
  if (running && !env) return starling(running.replace(/\/$/, ""), () => Promise.resolve());
  const folder = await temporaryFolder();
  const server = await startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000", ...env });
  return starling(server.url, async () => {
    const code = await server.stop();
    await rm(folder, { recursive: true, force: true });
    // Whatever the tests have sent, the server must run until it is stopped, shut down cleanly, and log no error.
    if (code !== 0 || /\b(?:ERROR|FATAL)\b|unhandled|uncaught/i.test(server.output())) {
      throw new Error(`The server exited with code ${code}, or logged an error:\n${server.output().slice(-4000)}`);
    }
  });
}

/** Starts the system before all tests of a file, and stops it after them. Call this at the top of the file. */
export function useStarling(env?: Record<string, string>): Starling {
  let started: Starling | undefined;
  beforeAll(async () => {
    started = await startStarling(env);
  });
  afterAll(async () => {
    await closeAllLive();
    await started?.stop();
  });
  const running = () => {
    if (!started) throw new Error("The system under test runs only during tests and hooks: use it inside of them");
    return started;
  };
  return {
    get url() {
      return running().url;
    },
    get api() {
      return running().api;
    },
    cast: (...names) => running().cast(...names),
    expectWell: () => running().expectWell(),
    stop: () => running().stop(),
  };
}
