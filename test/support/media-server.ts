import { readdir, rm } from "node:fs/promises";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { temporaryFolder } from "../helper.ts";

/** Starts a server for the tests of a file. It sweeps unused media after seconds, and its quota is small. */
export function useMediaServer() {
  let folder: string;
  let server: StartedServer;
  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startServer({
      DATA_DIR: folder,
      RATE_LIMIT_SCALE: "1000000",
      MEDIA_SWEEP_EVERY: "1",
      MEDIA_UNUSED_TTL: "5",
      MEDIA_QUOTA_MB: "150",
    });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
    expect(server?.output() ?? "").not.toMatch(/\bERROR\b|unhandled|uncaught/i);
  });
  return {
    get url() {
      return server.url;
    },
    /** All files of media, finished or still uploading. */
    async files(): Promise<string[]> {
      const names = await readdir(folder, { recursive: true });
      return names.filter((name) => /(media|uploads\/\d+)\/./.test(name)).sort();
    },
  };
}
