import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { closeAllLive, temporaryFolder } from "../helper.ts";

/**
 * Gives the tests of a suite nodes that talk over NATS, each with an embedded store of its own. They are killed after the
 * test that started them.
 *
 * @param nats the running server
 * @returns a function that starts a node with the given services, as `SERVICES` lists them
 */
export function useNatsNodes(nats: () => { url: string }, env: Record<string, string> = {}) {
  const folders: string[] = [];
  const nodes: StartedServer[] = [];

  afterEach(async () => {
    await closeAllLive();
    await Promise.all(nodes.splice(0).map((node) => node.stop("SIGKILL")));
  });
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  return async function startNode(services: string): Promise<StartedServer> {
    const folder = await temporaryFolder();
    folders.push(folder);
    const settings = { NATS_URL: nats().url, DATA_DIR: join(folder, "data"), SERVICES: services };
    const node = await startServer({ ...settings, ...env });
    nodes.push(node);
    return node;
  };
}
