import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection that a test writes bytes to. */
export interface RawConnection {
  readonly socket: Socket;
  /** What has arrived so far. */
  received(): string;
  /** The status of each answer that has arrived so far. */
  statuses(): number[];
  /** Resolves when the server has closed the connection, or its half of it. */
  readonly ended: Promise<void>;
  write(bytes: string): void;
  /** Closes the connection. */
  end(): void;
}

/**
 * Connects to a server. The client leaves its half of the connection open when the server closes the other.
 *
 * @param reads whether the client reads what the server sends
 */
export async function openRaw(url: string, { reads = true } = {}): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let received = "";
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close"]) socket.once(event, () => resolve());
  });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  if (reads) socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  return {
    socket,
    received: () => received,
    statuses: () => [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
    ended,
    write: (bytes) => void socket.write(bytes, "latin1"),
    end: () => socket.destroy(),
  };
}
