import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "../../lib/http.ts";
import type { Socket } from "node:net";
import type { Config } from "../../config/config.ts";
import { connectionLimit } from "./guard/descriptors.ts";
import { createGuard } from "./guard/guard.ts";
import { REFUSALS } from "./guard/refusals.ts";
import { safeResponse } from "./safe-response.ts";
import { refuseMalformed } from "./send.ts";

/** Creates the HTTP server of a node. Clients' requests reach its listeners only through the guard. */
export function createHttpServer(config: Config): Server {
  const limit = connectionLimit(config.maxConnections);
  const guard = createGuard(config, limit);
  const server = createServer({
    ServerResponse: safeResponse(config.publicUrl),
    // Slow clients tie up connections. Bodies have limits of their own, see guard/slow-clients.ts.
    headersTimeout: 15_000,
    requestTimeout: 300_000,
    connectionsCheckingInterval: 2000,
    keepAliveTimeout: 65_000,
    // The guard refuses requests without the header, as JSON.
    requireHostHeader: false,
    // Answer requests for other upgrades as plain HTTP, because an upgrade that nobody takes would hang.
    shouldUpgradeCallback: ({ url, headers }) =>
      url?.startsWith("/socket.io/") === true && headers.upgrade?.toLowerCase() === "websocket",
  });
  // A new connection may take the place of an idle one, so the guard refuses connections before this limit does.
  server.maxConnections = limit + 1;
  server.maxRequestsPerSocket = 10_000;
  server.on("connection", guard.connect);
  server.on("clientError", refuseMalformed);
  // Without a listener, Node would answer by itself and the guard would not see the request.
  server.on("checkExpectation", () => undefined);

  // socket.io takes over all listeners, so the guard stands before them.
  const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
  server.emit = ((event: string, ...args: unknown[]) => {
    if (event === "request" || event === "checkExpectation") {
      const [req, res] = args as [IncomingMessage, ServerResponse];
      const refusal = event === "request" ? null : REFUSALS.expectation;
      guard.request({ req, res, refusal, pass: () => emit("request", req, res) });
      return true;
    }
    if (event === "upgrade") {
      const [req, socket, head] = args as [IncomingMessage, Socket, Buffer];
      guard.upgrade(req, () => emit("upgrade", req, socket, head));
      return true;
    }
    return emit(event, ...args);
  }) as typeof server.emit;
  return server;
}
