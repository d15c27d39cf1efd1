import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Config } from "../../../config/config.ts";
import { addressOf } from "../address.ts";
import { pathOf } from "../request.ts";
import { type Connection, createConnections, type Exchange } from "./connections.ts";
import { createInFlight, scaledLimit } from "./in-flight.ts";
import { createPlaces } from "./places.ts";
import { type Refusal, REFUSALS, refuse, refuseUpgrade } from "./refusals.ts";
import { createRefuser } from "./refuser.ts";
import { isSending, watchSlowClients } from "./slow-clients.ts";
import { createUnreadAnswers } from "./unread-answers.ts";
import { createWorkQueue } from "./work-queue.ts";

/** Requests that may wait for the one before them on the same connection. Browsers and proxies send one at a time. */
const PIPELINE_LIMIT = 8;
/** A connection with more requests than this that got no answer is closed at once. */
const IGNORED_LIMIT = 2000;
/** Connections of one address. A school or a company may be behind it. */
const CONNECTIONS_PER_ADDRESS = 1000;
/** Requests of one address that are not answered yet, without the held requests of long polling. */
const IN_FLIGHT_PER_ADDRESS = 256;

/** Paths that are answered whatever happens. */
const HEALTH_PATHS = new Set(["/health/live", "/health/ready"]);

/** An exchange without the fields that the guard fills in. */
export type Arrival = Pick<Exchange, "req" | "res" | "pass" | "refusal">;

/**
 * Stands before all listeners of a node's HTTP server, and bounds what clients can make the node do: connections,
 * requests at once of a connection and of an address, slow bodies, unread answers. In an overload it refuses requests
 * before any work on them.
 *
 * @param connectionLimit the most connections at a time
 */
export function createGuard({ trustProxy, rateLimitScale }: Config, connectionLimit: number) {
  // Nobody may take more than half of the node's connections. Behind a proxy, all connections are the proxy's.
  const half = Math.ceil(connectionLimit / 2);
  const perAddress = trustProxy > 0 ? Infinity : Math.min(half, scaledLimit(CONNECTIONS_PER_ADDRESS, rateLimitScale));
  const connections = createConnections(connectionLimit, perAddress);
  const inFlight = createInFlight(Math.min(half, scaledLimit(IN_FLIGHT_PER_ADDRESS, rateLimitScale)));
  const unread = createUnreadAnswers(connections);
  const refuser = createRefuser();
  const queue = createWorkQueue(() => unread.makeRoom(), refuser);
  const places = createPlaces(queue);
  watchSlowClients(connections);

  /** Starts one request of a connection after the other: Node hands over all that a client has sent at once. */
  function request(arrival: Arrival): void {
    const connection = connections.of(arrival.req.socket);
    if (!connection) return;
    const { exchanges } = connection;
    if (exchanges.length > PIPELINE_LIMIT + 1) {
      if (++connection.ignored > IGNORED_LIMIT) connections.close(connection);
      return;
    }
    const refusal = exchanges.length > PIPELINE_LIMIT ? REFUSALS.pipelined : arrival.refusal;
    const exchange: Exchange = { ...arrival, refusal, beganAt: 0, unreadBytes: 0 };
    exchanges.push(exchange);
    if (exchanges.length > 1) return;
    connections.setBusy(connection);
    start(connection, exchange);
  }

  function start(connection: Connection, exchange: Exchange): void {
    const { req, res } = exchange;
    const address = trustProxy === 0 ? connection.address : addressOf(req, trustProxy);
    let isCounted = false;
    if (isSending(exchange)) connections.setSending(connection);
    res.once("prefinish", () => unread.answered(connection, exchange));
    res.once("close", () => {
      if (isCounted) inFlight.leave(address);
      if (unread.read(exchange)) queue.resume();
      connection.exchanges.shift();
      const [following] = connection.exchanges;
      if (connection.socket.destroyed) connection.exchanges.length = 0;
      else if (following) start(connection, following);
      else connections.setIdle(connection);
    });
    isCounted = decide(exchange, address);
  }

  /** Passes a request on, refuses it, or lets it wait for its turn. @returns whether it counts for its address */
  function decide(exchange: Exchange, address: string): boolean {
    const { req, res } = exchange;
    const refusal = exchange.refusal ?? (hasOneHost(req) ? null : REFUSALS.badHost);
    const path = pathOf(req.url!);
    if (refusal) {
      refuse(req, res, refusal);
    } else if (HEALTH_PATHS.has(path)) {
      begin(exchange);
    } else if (path.startsWith("/socket.io/")) {
      // Those who are connected stay so.
      if (queue.isOverloaded && opensConnection(req)) turnAway(exchange, REFUSALS.overloaded);
      else begin(exchange);
    } else if (!inFlight.enter(address)) {
      turnAway(exchange, REFUSALS.crowded);
    } else {
      wait(exchange, address);
      return true;
    }
    return false;
  }

  function turnAway({ req, res }: Exchange, refusal: Refusal): void {
    refuser.add({ refuse: () => refuse(req, res, refusal) });
  }

  function wait(exchange: Exchange, address: string): void {
    const { req, res } = exchange;
    queue.offer(req.headers.authorization ?? req.headers.cookie ?? address, {
      arrivedAt: performance.now(),
      isGone: () => res.destroyed,
      refuse: () => refuse(req, res, REFUSALS.overloaded),
      begin() {
        if (places.enter(exchange)) begin(exchange);
        else turnAway(exchange, REFUSALS.overloaded);
      },
    });
  }

  function upgrade(req: IncomingMessage, pass: () => void): void {
    const connection = connections.of(req.socket);
    // A websocket would send its answer before those of the requests that came first.
    if (!connection || connection.exchanges.length > 0) {
      req.socket.destroy();
    } else if (!hasOneHost(req) || (queue.isOverloaded && opensConnection(req))) {
      refuseUpgrade(req.socket, hasOneHost(req) ? REFUSALS.overloaded : REFUSALS.badHost);
    } else {
      connections.setBusy(connection);
      pass();
    }
  }

  return { connect: (socket: Socket) => connections.open(socket), request, upgrade };
}

function begin(exchange: Exchange): void {
  exchange.beganAt = performance.now();
  exchange.pass();
}

/** HTTP/1.1 demands exactly one Host header, because proxies may choose another one of several. */
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === "host") count++;
  return count === 1 || (count === 0 && httpVersion === "1.0");
}

/** Whether a request of socket.io opens a connection; those of an open one carry its id. */
function opensConnection({ url }: IncomingMessage): boolean {
  return !/[?&]sid=/.test(url!);
}
