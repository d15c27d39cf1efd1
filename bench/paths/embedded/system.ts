import { join } from "node:path";
import { createClient } from "../../../dev/replay/http.ts";
import { guardProcess, temporaryFolder } from "../../../dev/servers/guard.ts";
import { startServer } from "../../../dev/start.ts";
import { RATE_LIMIT_SCALE, type Stage } from "../path.ts";
import type { System } from "../system.ts";

const NO_STORES = { MONGO_URL: "", REDIS_URL: "", NATS_URL: "", MEDIA_URL: "", SERVICES: "", PUBLIC_URL: "" };

/** An embedded server with empty data, which ends with the stage. */
export async function startEmbedded(stage: Stage): Promise<System & { folder: string }> {
  const folder = await temporaryFolder("starling-bench-");
  stage.onEnd(() => folder.remove());
  return { ...(await startOn(join(folder.path, "data"), stage)), folder: folder.path };
}

/** An embedded server with data of an earlier one. It ends with the stage, or before that if `stop` is called. */
export async function startOn(
  dataFolder: string,
  { onEnd }: Pick<Stage, "onEnd">,
): Promise<System & { stop(): Promise<void> }> {
  let forget: () => void = () => undefined;
  const server = await startServer(
    { ...NO_STORES, DATA_DIR: dataFolder, PORT: "0", RATE_LIMIT_SCALE },
    { spawned: (pid) => (forget = guardProcess(pid)) },
  );
  const client = createClient(server.url, () => undefined);
  const stop = async () => {
    client.close();
    await server.stop();
    forget();
  };
  onEnd(stop);
  return { url: server.url, client, processes: { server: [server.pid] }, stop };
}
