import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parse } from "cookie";
import { LRUCache } from "lru-cache";
import type { Service, ServiceSchema } from "moleculer";
import SocketIoGateway from "moleculer-io";
import { messageOf } from "../../lib/errors.ts";
import { call, type Caller, type Session } from "../../contract/actions.ts";
import { eventsOf } from "../../contract/events.ts";
import { isOwnOrigin, SESSION_COOKIE } from "../gateway/auth.ts";
import { problem, problemOf } from "../gateway/problems.ts";
import type { Node } from "../../seams/node.ts";
import { presentFollow, presentTweetNotice } from "../reading/notifications.ts";
import { type Connections, createConnections, type LiveServer, type LiveSocket } from "./connections.ts";
import { createRequests, limitLive } from "./requests.ts";
import { rooms } from "./rooms.ts";

/** A tweet that is published again within this many others is not sent again: 20 MB, or an hour of 30 a second. */
const REMEMBERED_TWEETS = 100_000;
/** How often each connection is checked against the store, in milliseconds: the net under all missed messages. */
const CHECK_EVERY = 60_000;

/** How long after the last sign of missed messages clients are told to sync, in milliseconds. */
const RESYNC_AFTER = 250;

/** What moleculer-io's mixin gives, which its types don't. */
interface Gateway extends Service<{ io: { handlers: Record<string, Record<string, unknown>> } }> {
  io?: LiveServer;
  initSocketIO(server: unknown, options: object): void;
}

/** The socket.io gateway: rooms by author, `watch`, `sync`, `resync`. */
export default function liveService(node: Node): ServiceSchema {
  const { broker, config } = node;
  const caller = broker as unknown as Caller;
  const sent = new LRUCache<string, true>({ max: REMEMBERED_TWEETS });
  let io: LiveServer;
  let timer: NodeJS.Timeout | undefined;
  let resyncTimer: NodeJS.Timeout | undefined;
  const connections: Connections = createConnections(node, () => io);
  const requests = createRequests(node);

  /** Finds out who a connection is from, before it is accepted. */
  async function authorize(socket: LiveSocket): Promise<Session | null> {
    const token = (socket.handshake.auth as { token?: unknown }).token;
    if (token !== undefined && token !== null) {
      const session = typeof token === "string" ? await call(caller, "users.authenticate", { token }) : null;
      if (!session) throw connectError("UNAUTHORIZED", 401, "The token is not valid (any more)");
      return session;
    }
    const cookie = socket.handshake.headers.cookie;
    const fromCookie = cookie === undefined ? undefined : parse(cookie)[SESSION_COOKIE];
    if (!fromCookie || !isOwnPage(socket.request)) return null;
    return call(caller, "users.authenticate", { token: fromCookie });
  }

  /**
   * Whether no other site's page has sent it. Long polling begins with a GET, to which browsers add no Origin where it
   * goes to the page's own server, and programs send nothing of the kind: only what speaks against it counts.
   */
  function isOwnPage(request: IncomingMessage): boolean {
    const { origin, "sec-fetch-site": site } = request.headers;
    if (origin !== undefined) return isOwnOrigin(request, config.publicUrl);
    return site === undefined || site === "same-origin" || site === "none";
  }

  async function admit(socket: LiveSocket): Promise<void> {
    const session = await authorize(socket).catch(async (error: unknown) => {
      if (isConnectError(error)) await limitLive(node, socket.request, null);
      throw error;
    });
    await limitLive(node, socket.request, session);
    socket.data.session = session;
    socket.data.prepared = session ? await connections.prepare(session) : null;
    socket.data.watched = new Set();
  }

  /** Messages may have passed this node by. What tells of one outage comes in a burst, so this waits for the last. */
  function resyncSoon(): void {
    clearTimeout(resyncTimer);
    resyncTimer = setTimeout(resync, RESYNC_AFTER);
  }

  function resync(): void {
    io.emit("resync");
    connections.checkAll().catch((error: unknown) => {
      broker.logger.warn("The live connections could not be checked:", messageOf(error));
    });
  }

  const handlers = Object.fromEntries(
    Object.entries(requests).map(([name, handle]) => [
      name,
      // socket.io calls this with the socket as `this`, what the client sent, and last its ack, when it wants one.
      async function (this: LiveSocket, ...args: unknown[]) {
        const ack = args.at(-1);
        const payload = typeof args[0] === "function" ? undefined : args[0];
        const reply = await handle(this, payload).catch((error: unknown) => {
          const found = problemOf(error);
          if (found.status === 500) broker.logger.error(`The live request ${name} failed:`, error);
          return { error: found };
        });
        if (typeof ack === "function") (ack as (reply: unknown) => void)(reply);
      },
    ]),
  );

  return {
    name: "live",
    mixins: [SocketIoGateway as unknown as Partial<ServiceSchema>],
    settings: {
      io: {
        namespaces: {
          "/": {
            middlewares: [
              (socket: LiveSocket, next: (error?: Error) => void) => {
                admit(socket).then(
                  () => next(),
                  (error: unknown) => {
                    const found = problemOf(error);
                    // A refusal is final to socket.io's clients; after a line that broke off they try again.
                    if (found.status === 503) socket.conn.close();
                    // Also then, when it reaches nobody: socket.io keeps each socket until it is decided.
                    next(isConnectError(error) ? error : connectError(found.code, found.status, found.detail));
                  },
                );
              },
            ],
            // Handlers of our own only: moleculer-io's `call` would open every action to clients.
            events: handlers,
          },
        },
      },
      logRequest: null,
      logResponse: null,
      logClientConnection: null,
      logRouteRegistration: null,
    } as object,
    // moleculer-io's own actions let any node send anything to clients; nobody here needs them.
    actions: { call: false, broadcast: false, getClients: false } as never,
    events: {
      ...eventsOf({
        "tweet.created": ({ tweet, mentions }) => {
          if (sent.has(tweet.id)) return;
          sent.set(tweet.id, true);
          const authorId = tweet.author.id;
          io.to([rooms.author(authorId), rooms.watch(authorId)]).emit("tweet", tweet);
          const mentioned = mentions.filter((id) => id !== authorId).map((id) => rooms.user(id));
          if (mentioned.length > 0) io.to(mentioned).emit("notification", presentTweetNotice("mention", tweet, false));
          io.to(rooms.notify(authorId))
            .except(mentioned)
            .emit("notification", presentTweetNotice("tweet", tweet, false));
        },
        "tweet.deleted": ({ id, authorId }) => {
          // Not sent later either, should its creation arrive after this.
          sent.set(id, true);
          io.to([rooms.author(authorId), rooms.watch(authorId)]).emit("tweet:deleted", { id });
        },
        "follow.created": ({ follow, follower }) => {
          io.to(rooms.user(follow.followeeId)).emit("notification", presentFollow(follow.id, follower, false));
        },
        "follows.changed": ({ followerId }) => connections.followsChanged(followerId),
        "sessions.ended": ({ sessionIds }) => connections.endSessions(sessionIds),
        "node.missed": ({ nodeId }) => {
          if (nodeId === broker.nodeID) resyncSoon();
        },
      }),
      "node.draining": () => {
        // The line only, without a goodbye: after one, socket.io's clients do not come back by themselves.
        for (const socket of io.sockets.sockets.values()) socket.conn.close();
      },
      // The transporter is there (again): what was sent meanwhile did not reach this node.
      "$transporter.connected": () => resyncSoon(),
    },
    created() {
      const gateway = this as unknown as Gateway;
      gateway.initSocketIO(node.http, { serveClient: false, cors: { origin: "*" }, maxHttpBufferSize: 100_000 });
      io = gateway.io!;
      nameNodeInIds(io, config.nodeId);
      // It stands in moleculer-io's defaults, which ours are merged with, and would only fail: `call` is off.
      delete gateway.settings.io.handlers["/"]?.["call"];
    },
    started() {
      io.on("connection", (socket) => connections.accept(socket));
      timer = setInterval(() => {
        connections.checkAll().catch((error: unknown) => {
          broker.logger.debug("The live connections could not be checked:", messageOf(error));
        });
      }, CHECK_EVERY);
    },
    stopped() {
      clearInterval(timer);
      clearTimeout(resyncTimer);
    },
  };
}

/**
 * Lets a connection's id end with the name of the node that keeps it: the requests of long polling carry the id, so that
 * a balancer can send each of them there, whether the client keeps cookies or not.
 */
function nameNodeInIds(io: LiveServer, nodeId: string | undefined): void {
  if (nodeId === undefined) return;
  io.engine.generateId = () => `${randomBytes(15).toString("base64url")}.${nodeId}`;
}

/** An error that socket.io hands to the client as `connect_error` with `data`. */
function connectError(code: string, status: number, detail: string): Error {
  return Object.assign(new Error(detail), { data: problem(status, code, detail) });
}

function isConnectError(error: unknown): error is Error {
  return error instanceof Error && (error as { data?: { code?: unknown } }).data?.code === "UNAUTHORIZED";
}
