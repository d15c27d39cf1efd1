import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { connect } from "nats";
import { findServer } from "./find.ts";
import { temporaryFolder } from "./guard.ts";
import { onFreePort } from "./ports.ts";
import { launch, type RunningServer } from "./process.ts";

export interface NatsServer extends RunningServer {
  readonly url: string;
  /** The folder of JetStream's streams. */
  readonly storeDir: string;
}

/**
 * Starts a nats-server with JetStream.
 *
 * @throws ServerMissingError, ServerStartError
 */
export async function startNats(): Promise<NatsServer> {
  const program = await findServer("nats-server");
  return onFreePort(async (port) => {
    const folder = await temporaryFolder("starling-nats-");
    const storeDir = join(folder.path, "data");
    // The name distinguishes this server from another one that may have taken the port.
    const name = randomUUID();
    const server = await launch({
      program,
      args: ["--addr", "127.0.0.1", "--port", `${port}`, "--name", name, "--jetstream", "--store_dir", storeDir],
      port,
      folder,
      answers: () => answers(port, name),
    });
    return Object.assign(server, { url: `nats://127.0.0.1:${port}`, storeDir });
  });
}

async function answers(port: number, name: string): Promise<boolean> {
  const connection = await connect({ servers: `127.0.0.1:${port}`, timeout: 2000, reconnect: false });
  try {
    // Fails until JetStream has read its streams.
    await connection.jetstreamManager({ timeout: 2000 });
    return connection.info?.server_name === name;
  } finally {
    await connection.close();
  }
}
