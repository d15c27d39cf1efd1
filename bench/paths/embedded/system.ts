import { join } from "node:path";
import { createClient } from "../../../dev/replay/http.ts";
import { temporaryFolder } from "../../../dev/servers/guard.ts";
import { EMBEDDED, startGuarded } from "../../../dev/start.ts";
import { RATE_LIMIT_SCALE, type Stage } from "../path.ts";
import type { System } from "../system.ts";

/** An embedded server with empty data, which ends with the stage. */
export async function startEmbedded(stage: Stage): Promise<System & { folder: string }> {
  const folder = await temporaryFolder("starling-bench-");
  stage.onEnd(() => folder.remove());
  return { ...(await startOn(join(folder.path, "data"), stage)), folder: folder.path };
}

/**
 * An embedded server with data of an earlier one. It ends with the stage, or before that if `stop` is called.
 *
 * @param env further settings
 */
export async function startOn(
  dataFolder: string,
  { onEnd }: Pick<Stage, "onEnd">,
  env: Record<string, string> = {},
): Promise<System & { stop(): Promise<void> }> {
  const server = await startGuarded({ ...EMBEDDED, DATA_DIR: dataFolder, PORT: "0", RATE_LIMIT_SCALE, ...env });
  const client = createClient(server.url, () => undefined);
  const stop = async () => {
    client.close();
    await server.stop();
  };
  onEnd(stop);
  return { url: server.url, client, processes: { server: [server.pid] }, stop };
}
