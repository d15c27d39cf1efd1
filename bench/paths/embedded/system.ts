import { join } from "node:path";
import { createClient } from "../../../dev/replay/http.ts";
import { guardProcess, temporaryFolder } from "../../../dev/servers/guard.ts";
import { startServer } from "../../../dev/start.ts";
import { RATE_LIMIT_SCALE, type Stage } from "../path.ts";
import type { System } from "../system.ts";

const NO_STORES = { MONGO_URL: "", REDIS_URL: "", NATS_URL: "", MEDIA_URL: "", SERVICES: "", PUBLIC_URL: "" };

/** An embedded server with empty data, which ends with the stage. */
export async function startEmbedded({ onEnd }: Stage): Promise<System & { folder: string }> {
  const folder = await temporaryFolder("starling-bench-");
  onEnd(() => folder.remove());
  let forget: () => void = () => undefined;
  const server = await startServer(
    { ...NO_STORES, DATA_DIR: join(folder.path, "data"), PORT: "0", RATE_LIMIT_SCALE },
    { spawned: (pid) => (forget = guardProcess(pid)) },
  );
  onEnd(async () => {
    await server.stop();
    forget();
  });
  const client = createClient(server.url, () => undefined);
  onEnd(() => client.close());
  return { url: server.url, client, processes: { server: [server.pid] }, folder: folder.path };
}
