import { rm } from "node:fs/promises";
import { ServiceBroker } from "moleculer";
import { loadConfig } from "../../config/config.ts";
import { createNode, loadDrivers } from "../../create-node.ts";
import { brokerOptions } from "../../moleculer.config.ts";
import type { Node } from "../../seams/node.ts";
import { temporaryFolder } from "../helper.ts";

/**
 * Creates an embedded node in this process, with empty data and no services yet, for tests that need access to its parts.
 *
 * @returns the node, and a function that closes it with all services started on it
 */
export async function openNode(env: Record<string, string>): Promise<{ node: Node; close: () => Promise<void> }> {
  const folder = await temporaryFolder();
  const config = loadConfig({ DATA_DIR: folder, ...env });
  const node = createNode(config, new ServiceBroker(await brokerOptions(config)), await loadDrivers(config));
  await node.channel.open();
  return {
    node,
    async close() {
      await node.broker.stop();
      await node.channel.close();
      await node.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
