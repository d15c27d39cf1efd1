import type { ConnectionOptions } from "nats";

/** The client's question whether the server still answers, in milliseconds: two without an answer end a connection. */
const PING_EVERY = 3000;
const UNANSWERED_PINGS = 2;
/** Between two tries to connect, in milliseconds; up to the same again is drawn at random. */
const RECONNECT_WAIT = 250;
/** How long one try to connect may take, in milliseconds. */
const CONNECT_TIMEOUT = 5000;

/**
 * The NATS client's options for a `NATS_URL`: it looks for its server without end, and notices within some six seconds
 * that one does not answer any more.
 *
 * @param url one or several, separated by commas: `nats://USER:PASSWORD@HOST:PORT`, `nats://TOKEN@HOST`, `tls://HOST`;
 *   credentials are those of the first
 * @param name names the connection to whoever watches the server
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
    // Else two refusals would end it: a server that is being set up may not know its users yet.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_WAIT,
    reconnectJitter: RECONNECT_WAIT,
    reconnectJitterTLS: RECONNECT_WAIT,
    pingInterval: PING_EVERY,
    maxPingOut: UNANSWERED_PINGS,
    timeout: CONNECT_TIMEOUT,
  };
}
