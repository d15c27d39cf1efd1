import type { ConnectionOptions } from "nats";

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
 * @param url one or several, separated by commas: `nats://USER:PASSWORD@HOST:PORT`, `nats://TOKEN@HOST`, `tls://HOST`.
 *   The credentials of the first are used for all
 * @param name the name of the connection in the server's monitoring
 */
export function natsOptions(url: string, name: string): ConnectionOptions {
  const urls = url.split(",").map((part) => new URL(part.trim()));
  const { protocol, username, password } = urls[0]!;
  const user = decodeURIComponent(username);
  return {
    name,
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    ...(user && (password ? { user, pass: decodeURIComponent(password) } : { token: user })),
    ...(protocol === "tls:" && { tls: {} }),
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
