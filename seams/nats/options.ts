import type { ConnectionOptions } from "nats";
import { type NatsFiles, readTlsFiles } from "../../config/files.ts";
import { parseNatsUrl } from "../../config/nats-url.ts";
import { credentialsOf } from "./credentials.ts";

/** The client pings the server this often, and closes the connection after two pings without an answer. */
const PING_INTERVAL_MS = 3000;
const MAX_UNANSWERED_PINGS = 2;
/** The wait between two attempts to connect; a random part of up to the same length is added. */
const RECONNECT_WAIT_MS = 250;
/** The limit of one attempt to connect. */
const CONNECT_LIMIT_MS = 5000;

/**
 * The options of the NATS client for a `NATS_URL`. The client reconnects without limit, and notices within some six
 * seconds that a server no longer answers.
 *
 * @param name the name of the connection in the server's monitoring
 * @param files as in `NATS_CREDS`, `NATS_CA`, `NATS_CERT` and `NATS_KEY`. The client reads them at each connection
 * @throws ConfigError when a file can't be used; NatsUrlError for an address that the configuration has not checked
 */
export function natsOptions(url: string, name: string, files: NatsFiles = {}): ConnectionOptions {
  const { addresses, tls, login } = parseNatsUrl(url);
  const { creds, ca, cert, key } = files;
  readTlsFiles("NATS", files);
  return {
    name,
    servers: addresses.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`),
    ...login,
    ...(creds !== undefined && { authenticator: credentialsOf(creds) }),
    // With TLS options, the client refuses a server without TLS.
    ...((tls || ca !== undefined || cert !== undefined) && {
      tls: { ...(ca && { caFile: ca }), ...(cert && key && { certFile: cert, keyFile: key }) },
    }),
    maxReconnectAttempts: -1,
    // Otherwise two refusals would end the client, although a server that is being set up may not know its users yet.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    reconnectJitterTLS: RECONNECT_WAIT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_UNANSWERED_PINGS,
    timeout: CONNECT_LIMIT_MS,
  };
}
