import { randomBytes } from "node:crypto";
import type { Service, ServiceSchema } from "moleculer";
import SocketIoGateway from "moleculer-io";
import { eventsOf } from "../../contract/events.ts";
import { messageOf } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { service } from "../../seams/node.ts";
import { createPresenter } from "../gateway/present.ts";
import { createAdmission } from "./admission.ts";
import { createAnnouncer } from "./announce.ts";
import { createConnections, type LiveServer } from "./connections.ts";
import { createRequests } from "./requests.ts";

/** Each connection is checked against the store this often, in case messages were lost. */
const CHECK_EVERY_MS = 60_000;
/** Clients are told to sync this long after the last sign of missed messages, because one outage gives many signs. */
const RESYNC_AFTER_MS = 250;

/** The parts of moleculer-io's mixin that its types leave out. */
interface Gateway extends Service<{ io: { handlers: Record<string, Record<string, unknown>> } }> {
  io?: LiveServer;
  initSocketIO(server: unknown, options: object): void;
}

/** The socket.io gateway: rooms by author, `watch`, `sync`, `resync`. */
export default service((node) => {
  const { addresses, broker, config, http } = node;
  const { logger } = broker;
  const present = createPresenter(addresses);
  let io: LiveServer;
  let resyncTimer: NodeJS.Timeout | undefined;
  const connections = createConnections(node, () => io);
  const announce = createAnnouncer(() => io, present);
  const checks = every(CHECK_EVERY_MS, () => connections.checkAll(), {
    onError: (error) => logger.debug("The live connections could not be checked:", messageOf(error)),
  });

  /** Tells clients to sync and checks their rooms, because this node may have missed messages. */
  function resyncSoon(): void {
    clearTimeout(resyncTimer);
    resyncTimer = setTimeout(() => {
      io.emit("resync");
      connections.checkAll().catch((error: unknown) => {
        logger.warn("The live connections could not be checked:", messageOf(error));
      });
    }, RESYNC_AFTER_MS);
  }

  return {
    name: "live",
    mixins: [SocketIoGateway as unknown as Partial<ServiceSchema>],
    settings: {
      io: {
        namespaces: {
          "/": {
            middlewares: [createAdmission(node, connections)],
            // Only handlers of our own: moleculer-io's `call` would open every action to clients.
            events: createRequests(node, present),
          },
        },
      },
      logRequest: null,
      logResponse: null,
      logClientConnection: null,
      logRouteRegistration: null,
    } as object,
    // moleculer-io's own actions let any node send anything to clients, and no service here needs them.
    actions: { call: false, broadcast: false, getClients: false } as never,
    events: {
      ...eventsOf({
        "tweet.created": (event) => announce.tweet(event),
        "tweet.deleted": (event) => announce.deletion(event),
        "follow.created": (event) => announce.follow(event),
        "follows.changed": ({ followerId }) => connections.followsChanged(followerId),
        "sessions.ended": ({ sessionIds }) => connections.endSessions(sessionIds),
        "node.missed": ({ nodeId }) => {
          if (nodeId === broker.nodeID) resyncSoon();
        },
      }),
      "node.draining": () => {
        // Close the transport, not the socket: after a clean disconnect socket.io clients don't reconnect.
        for (const socket of io.sockets.sockets.values()) socket.conn.close();
      },
      // The transporter has (re)connected: messages sent in the meantime did not reach this node.
      "$transporter.connected": () => resyncSoon(),
    },
    created() {
      const gateway = this as unknown as Gateway;
      gateway.initSocketIO(http, { serveClient: false, cors: { origin: "*" }, maxHttpBufferSize: 100_000 });
      io = gateway.io!;
      nameNodeInIds(io, config.nodeId);
      // moleculer-io adds this handler by default. It could only fail, because the action `call` is off.
      delete gateway.settings.io.handlers["/"]?.["call"];
    },
    started() {
      io.on("connection", (socket) => connections.accept(socket));
      checks.start();
    },
    stopped() {
      clearTimeout(resyncTimer);
      // A check only reads, so the shutdown need not wait for one that a dead store keeps open.
      void checks.stop();
    },
  };
});

/**
 * Appends the name of this node to the id of each connection. Requests of long polling carry the id, so a balancer can
 * send them to this node, whether the client keeps cookies or not.
 */
function nameNodeInIds(io: LiveServer, nodeId: string | undefined): void {
  if (nodeId === undefined) return;
  io.engine.generateId = () => `${randomBytes(15).toString("base64url")}.${nodeId}`;
}
