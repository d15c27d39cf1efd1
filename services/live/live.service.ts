import { randomBytes } from "node:crypto";
import type { Service, ServiceSchema } from "moleculer";
import SocketIoGateway from "moleculer-io";
import { eventsOf } from "../../contract/events.ts";
import { MESSAGE_LIMIT_BYTES } from "../../contract/live.ts";
import { messageOf } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { service } from "../../seams/node.ts";
import { createPresenter } from "../gateway/present.ts";
import { createAdmission } from "./admission.ts";
import { createAnnouncer } from "./announce.ts";
import { createChecks } from "./checks.ts";
import { createConnections, type LiveServer } from "./connections.ts";
import { createInboxes } from "./inboxes.ts";
import { boundClosing, type EngineConnection } from "./engine/connection.ts";
import { createDoor } from "./engine/door.ts";
import { createPeers } from "./engine/peers.ts";
import { createPlaces } from "./engine/places.ts";
import { sendElsewhere } from "./leaving.ts";
import { createRequests } from "./requests.ts";
import { createResync } from "./resync.ts";

/** Each connection is checked against the store this often, in case messages were lost. */
const CHECK_EVERY_MS = 60_000;
/** A connection that has not joined after this time is closed: socket.io's clients join at once. */
const JOIN_LIMIT_MS = 5000;
/** Clients are told to sync this long after the last sign of missed messages, because one outage gives many signs. */
const RESYNC_AFTER_MS = 250;

/** The parts of moleculer-io's mixin that its types leave out. */
interface Gateway extends Service<{ io: { handlers: Record<string, Record<string, unknown>> } }> {
  io?: LiveServer;
  initSocketIO(server: unknown, options: object): void;
}

/** The socket.io gateway: tweets by author, `watch`, `sync`, `resync`. */
export default service((node) => {
  const { addresses, broker, config, http } = node;
  const { logger } = broker;
  const present = createPresenter(addresses);
  let io: LiveServer;
  let resyncTimer: NodeJS.Timeout | undefined;
  const places = createPlaces(config);
  const peers = createPeers(broker);
  const connections = createConnections(node);
  const checkAll = createChecks(broker, connections);
  const resyncAll = createResync(() => io.sockets.sockets.values());
  const announce = createAnnouncer(() => io, connections, present);
  const inboxes = createInboxes(broker, () => io, connections);
  const checks = every(CHECK_EVERY_MS, checkAll, {
    onError: (error) => logger.debug("The live connections could not be checked:", messageOf(error)),
  });

  /** Tells clients to sync and checks their rooms, because this node may have missed messages. */
  function resyncSoon(): void {
    clearTimeout(resyncTimer);
    resyncTimer = setTimeout(() => {
      void resyncAll();
      void checkAll();
    }, RESYNC_AFTER_MS);
  }

  return {
    name: "live",
    mixins: [SocketIoGateway as unknown as Partial<ServiceSchema>],
    settings: {
      io: {
        namespaces: {
          "/": {
            middlewares: [createAdmission(node, connections, peers)],
            // Only handlers of our own: moleculer-io's `call` would open every action to clients.
            events: createRequests(node, present, peers),
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
        "tweet.deleted": (event) => {
          announce.deletion(event);
          inboxes.tweetDeleted(event);
        },
        "follow.created": (event) => announce.follow(event),
        "follow.deleted": (event) => inboxes.followDeleted(event),
        "notifications.read": ({ userId }) => inboxes.read(userId),
        "follows.changed": ({ followerId }) => connections.followsChanged(followerId),
        "sessions.ended": ({ sessionIds }) => connections.endSessions(sessionIds),
        "node.missed": ({ nodeId }) => {
          if (nodeId === broker.nodeID) resyncSoon();
        },
      }),
      "node.draining": () => {
        places.close();
        return sendElsewhere(io);
      },
      // The transporter has (re)connected: messages sent in the meantime did not reach this node.
      "$transporter.connected": () => resyncSoon(),
    },
    created() {
      const gateway = this as unknown as Gateway;
      gateway.initSocketIO(http, {
        serveClient: false,
        cors: { origin: "*" },
        maxHttpBufferSize: MESSAGE_LIMIT_BYTES,
        connectTimeout: JOIN_LIMIT_MS,
        // Text that is being compressed would not be counted as unread.
        httpCompression: false,
      });
      io = gateway.io!;
      boundClosing(io.engine);
      io.engine.use(createDoor(node, places, peers));
      io.engine.on("connection", (connection: unknown) => peers.add(connection as EngineConnection));
      nameNodeInIds(io, config.nodeId);
      // moleculer-io adds this handler by default. It could only fail, because the action `call` is off.
      delete gateway.settings.io.handlers["/"]?.["call"];
    },
    started() {
      io.on("connection", (socket) => connections.accept(socket));
      checks.start();
      peers.start();
    },
    stopped() {
      clearTimeout(resyncTimer);
      peers.stop();
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
