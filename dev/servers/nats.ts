import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type ConnectionOptions, type NatsConnection } from "nats";
import { natsOptions } from "../../seams/nats/options.ts";
import { type Access, credentialsIn } from "./access.ts";
import { findServer } from "./find.ts";
import { temporaryFolder } from "./guard.ts";
import { onFreePort } from "./ports.ts";
import { launch, type RunningServer } from "./process.ts";

export interface NatsServer extends RunningServer {
  readonly url: string;
  /** The folder of JetStream's streams. */
  readonly storeDir: string;
}

interface NatsOptions extends Access {
  /** Further settings, in the syntax of nats-server. */
  readonly settings?: string;
  /** How to connect if `settings` demand more than a user and TLS. */
  readonly client?: ConnectionOptions;
}

/**
 * Starts a nats-server with JetStream.
 *
 * @throws ServerMissingError, ServerStartError
 */
export async function startNats({ login, tls, settings = "", client }: NatsOptions = {}): Promise<NatsServer> {
  const program = await findServer("nats-server");
  return onFreePort(async (port) => {
    const folder = await temporaryFolder("starling-nats-");
    const storeDir = join(folder.path, "data");
    // The name distinguishes this server from another one that may have taken the port.
    const name = randomUUID();
    const file = join(folder.path, "nats.conf");
    await writeFile(file, [...settingsOf({ login, tls }), settings].join("\n"), { mode: 0o600 });
    const access: ConnectionOptions = {
      ...(login && { user: login.user, pass: login.password }),
      ...(tls && { tls: { caFile: tls.ca } }),
      ...client,
    };
    const server = await launch({
      program,
      args: ["--addr", "127.0.0.1", "--port", `${port}`, "--name", name, "--jetstream", "--store_dir", storeDir].concat(
        ["--config", file],
      ),
      port,
      folder,
      answers: () => answers(port, name, access),
    });
    return Object.assign(server, {
      url: `${tls ? "tls" : "nats"}://${credentialsIn(login)}127.0.0.1:${port}`,
      storeDir,
    });
  });
}

/** Connects once, without retries, to the server of a `NATS_URL`. */
export function connectNats(url: string, options: ConnectionOptions = {}): Promise<NatsConnection> {
  return connect({ ...natsOptions(url, "tools"), reconnect: false, ...options });
}

function settingsOf({ login, tls }: Access): string[] {
  return [
    ...(login
      ? [`authorization { user: ${JSON.stringify(login.user)}, password: ${JSON.stringify(login.password)} }`]
      : []),
    ...(tls ? [`tls { cert_file: "${tls.server.cert}", key_file: "${tls.server.key}", ca_file: "${tls.ca}" }`] : []),
  ];
}

async function answers(port: number, name: string, access: ConnectionOptions): Promise<boolean> {
  const connection = await connect({ ...access, servers: `127.0.0.1:${port}`, timeout: 2000, reconnect: false });
  try {
    // Fails until JetStream has read its streams.
    await connection.jetstreamManager({ timeout: 2000 });
    return connection.info?.server_name === name;
  } finally {
    await connection.close();
  }
}
