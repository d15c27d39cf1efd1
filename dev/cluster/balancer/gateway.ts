import { Agent } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Pause between two health checks of a gateway. */
const CHECK_INTERVAL_MS = 250;
/** Time limit of one health check. */
const CHECK_TIMEOUT_MS = 1000;
/**
 * A gateway that misses this many checks in a row (about 7 s) and sends no byte meanwhile counts as frozen. Then its
 * connections are cut. Not sooner: if the gateway were only busy, the reconnecting clients would add to its load.
 */
const MISSED_LIMIT = 6;
/** Idle time after which a connection is closed: less than the minute after which gateways close theirs. */
const IDLE_MS = 30_000;

/**
 * The state of a gateway. `ready`: takes requests. `unready`: has reported that it is not ready, refuses connections
 * because it is shutting down, or is late with an answer. It finishes its requests, and gets new ones only while no
 * other gateway is ready. `frozen`: does not answer.
 */
type Health = "ready" | "unready" | "frozen";

/** A gateway, as the balancer sees it. */
export interface Gateway {
  /** Its `NODE_ID`. */
  readonly name: string;
  readonly port: number;
  health: Health;
  readonly agent: Agent;
  /** The open connections to it. */
  readonly sockets: Set<Socket>;
}

/**
 * Creates the list of gateways.
 *
 * @param ports the port of each gateway by name
 */
export function createGateways(ports: ReadonlyMap<string, number>): Gateway[] {
  const gateways: Gateway[] = [];
  for (const [name, port] of ports) {
    const sockets = new Set<Socket>();
    const agent = new FailoverAgent(port, () => connectToFirst(gateways, name));
    gateways.push({ name, port, health: "unready", agent, sockets });
  }
  return gateways;
}

/**
 * Keeps connections to one gateway. When that gateway refuses a connection, connects to another one. This is safe,
 * because no request was sent yet.
 */
class FailoverAgent extends Agent {
  readonly #port: number;
  readonly #connect: () => Promise<Socket>;

  constructor(port: number, connectToFirst: () => Promise<Socket>) {
    super({ keepAlive: true, timeout: IDLE_MS });
    this.#port = port;
    this.#connect = connectToFirst;
  }

  override createConnection(...[, created]: Parameters<Agent["createConnection"]>): undefined {
    this.#connect().then(
      (socket) => created?.(null, socket),
      (error: Error) => created?.(error, undefined as never),
    );
  }

  /** Connections to other gateways serve a single request. */
  override keepSocketAlive(socket: Socket): boolean {
    // The base method returns a boolean, although its type says void.
    return socket.remotePort === this.#port && (super.keepSocketAlive(socket) as unknown as boolean);
  }
}

async function connectToFirst(gateways: readonly Gateway[], preferred: string): Promise<Socket> {
  const others = gateways.filter(({ name, health }) => name !== preferred && health === "ready");
  const tried = [...gateways.filter(({ name }) => name === preferred), ...others];
  let failure: unknown;
  for (const gateway of tried) {
    try {
      return await connectTo(gateway);
    } catch (error) {
      failure = error;
      if (gateway.health === "ready") gateway.health = "unready";
    }
  }
  throw failure;
}

function connectTo({ port, sockets }: Gateway): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      resolve(socket);
    });
  });
}

/** Checks a gateway forever, and cuts the connections to a frozen one, so that clients reconnect elsewhere. */
export async function watch(gateway: Gateway, say: (line: string) => void): Promise<never> {
  for (let missed = 0; ; await pause(CHECK_INTERVAL_MS)) {
    const { health: before } = gateway;
    const heard = bytesFrom(gateway);
    const answer = await ask(gateway);
    // An overloaded gateway is late with this answer too, but still sends other bytes.
    missed = answer === "none" && bytesFrom(gateway) === heard ? missed + 1 : 0;
    if (answer !== "none") gateway.health = answer;
    else gateway.health = missed < MISSED_LIMIT ? "unready" : "frozen";
    if (gateway.health === before) continue;
    say(`${gateway.name} is ${gateway.health}`);
    if (gateway.health === "frozen") for (const socket of gateway.sockets) socket.destroy();
  }
}

function bytesFrom({ sockets }: Gateway): number {
  let sum = 0;
  for (const { bytesRead } of sockets) sum += bytesRead;
  return sum;
}

async function ask({ port }: Gateway): Promise<"ready" | "unready" | "none"> {
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const reply = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal, headers: { connection: "close" } });
    await reply.body?.cancel();
    return reply.ok ? "ready" : "unready";
  } catch (error) {
    return (error as Error).name === "TimeoutError" ? "none" : "unready";
  }
}
