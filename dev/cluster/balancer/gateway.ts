import { Agent } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** How often each gateway is asked how it is, and how long it has to answer, in milliseconds. */
const CHECK_EVERY = 250;
const CHECK_TIMEOUT = 1000;
/**
 * Answers missed in a row, without a byte from it meanwhile, after which a gateway is taken for frozen and its connections
 * are cut: 7 s. To cut off the clients of one that is only busy would make that worse.
 */
const MISSED = 6;
/** Kept for the next request so long, in milliseconds; gateways keep theirs a minute. */
const IDLE_MS = 30_000;

/**
 * How a gateway is: `ready` for anything; `unready` gets nothing new while another is ready, and finishes what it has
 * (it said so, or refuses connections as one that ends does, or is late with its answer); `frozen` does not answer.
 */
export type Health = "ready" | "unready" | "frozen";

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
 * Makes the gateways known.
 *
 * @param ports by name
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

/** Keeps connections to one gateway, and connects to another one where that refuses: nothing was sent yet. */
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

  /** Those to the others are for one request. */
  override keepSocketAlive(socket: Socket): boolean {
    // It gives what its type leaves out.
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

/** Asks a gateway for ever how it is. The connections to one that is frozen are cut, so that clients go elsewhere. */
export async function watch(gateway: Gateway, say: (line: string) => void): Promise<never> {
  for (let missed = 0; ; await pause(CHECK_EVERY)) {
    const { health: before } = gateway;
    const heard = bytesFrom(gateway);
    const answer = await ask(gateway);
    // One that has more to do than it can is late with this answer as well, but not silent.
    missed = answer === "none" && bytesFrom(gateway) === heard ? missed + 1 : 0;
    if (answer !== "none") gateway.health = answer;
    else gateway.health = missed < MISSED ? "unready" : "frozen";
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
    const signal = AbortSignal.timeout(CHECK_TIMEOUT);
    const reply = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal, headers: { connection: "close" } });
    await reply.body?.cancel();
    return reply.ok ? "ready" : "unready";
  } catch (error) {
    return (error as Error).name === "TimeoutError" ? "none" : "unready";
  }
}
