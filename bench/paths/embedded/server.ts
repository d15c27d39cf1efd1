import { join } from "node:path";
import { guardProcess, temporaryFolder } from "../../../dev/servers/guard.ts";
import { type StartedServer, startServer } from "../../../dev/start.ts";
import { type Client, createClient } from "../../../dev/replay/http.ts";
import type { Stage } from "../path.ts";

/** Limits are on, and so high that no load reaches them, unless the environment says otherwise. */
const RATE_LIMIT_SCALE = process.env["RATE_LIMIT_SCALE"] ?? "1000000";

/** An embedded server with empty data, and a client for it. Both end with the stage. */
export async function startEmbedded({
  onEnd,
}: Stage): Promise<{ server: StartedServer; client: Client; folder: string }> {
  const folder = await temporaryFolder("starling-bench-");
  onEnd(() => folder.remove());
  const stores = { MONGO_URL: "", REDIS_URL: "", NATS_URL: "", MEDIA_URL: "", SERVICES: "", PUBLIC_URL: "" };
  let forget: () => void = () => undefined;
  const server = await startServer(
    { ...stores, DATA_DIR: join(folder.path, "data"), PORT: "0", RATE_LIMIT_SCALE },
    { spawned: (pid) => (forget = guardProcess(pid)) },
  );
  onEnd(async () => {
    await server.stop();
    forget();
  });
  const client = createClient(server.url, () => undefined);
  onEnd(() => client.close());
  return { server, client, folder: folder.path };
}
