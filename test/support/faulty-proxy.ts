import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { io } from "socket.io-client";

/** A request on its way to the real server. */
interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Sends the request to the real server, changed if wanted. */
  readonly pass: (changes?: { path?: string }) => Promise<Passed>;
}

/** The answer to a passed request. */
export interface Passed {
  readonly status: number;
  /** JSON or empty. */
  readonly text: string;
}

/** A server's misbehaviour. Everything else passes unchanged. */
export interface Fault {
  /** Answers a request instead of the real server. */
  answer?(request: Passing): Promise<Passed>;
  /** @returns the number of times an event goes to a socket; 1 is right */
  timesToEmit?(event: string, payload: unknown): number;
}

/** A proxy in front of a real server, which misbehaves on request. */
export interface FaultyServer {
  readonly url: string;
  fault: Fault;
  stop(): Promise<void>;
}

/** @param target the real server's URL */
export async function startFaultyServer(target: string): Promise<FaultyServer> {
  const http = createServer((request, response) => {
    answer(request).then(
      ({ status, text }) => response.writeHead(status, { "content-type": "application/json" }).end(text),
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });
  const live = new Server(http);

  async function answer(request: IncomingMessage): Promise<Passed> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "GET", url = "/" } = request;
    const { authorization } = request.headers;
    const passing: Passing = {
      method,
      path: url,
      body,
      async pass({ path = url } = {}) {
        const reply = await fetch(target + path, {
          method,
          headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
          body: body === "" ? null : body,
        });
        return { status: reply.status, text: await reply.text() };
      },
    };
    return faulty.fault.answer ? faulty.fault.answer(passing) : passing.pass();
  }

  live.on("connection", (socket: Socket) => {
    const real = io(target, { forceNew: true, transports: ["websocket"], auth: socket.handshake.auth });
    socket.onAny((event: string, ...args: unknown[]) => real.emit(event, ...args));
    socket.once("disconnect", () => real.disconnect());
    real.onAny((event: string, payload: unknown) => {
      const times = faulty.fault.timesToEmit?.(event, payload) ?? 1;
      for (let time = 0; time < times; time += 1) socket.emit(event, payload);
    });
  });

  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const faulty: FaultyServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    fault: {},
    async stop() {
      await live.close();
      http.closeAllConnections();
    },
  };
  return faulty;
}
