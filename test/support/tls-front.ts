import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Certificates } from "../../dev/servers/certificates.ts";

/** The first byte of a TLS connection: a handshake record. */
const HANDSHAKE = 0x16;

/** A port with TLS in front of a server that was built without it. */
export interface TlsFront {
  readonly port: number;
  /** The number of connections with TLS that were ready to send. */
  readonly secured: number;
  stop(): Promise<void>;
}

/**
 * Starts a port that ends TLS, and passes the rest on. The fetched Valkey has no TLS of its own.
 *
 * @param options.takesPlain whether connections without TLS are passed on too: a Sentinel's own, which has none either
 */
export async function startTlsFront(
  target: number,
  { server: own, ca }: Certificates,
  { takesPlain = false, demandsCertificate = false } = {},
): Promise<TlsFront> {
  const files = { cert: await readFile(own.cert), key: await readFile(own.key), ca: await readFile(ca) };
  const sockets = new Set<Socket>();
  let secured = 0;
  const join = (client: Socket) => {
    const upstream = connect(target, "127.0.0.1");
    sockets.add(upstream);
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  };
  const tls = createTlsServer({ ...files, requestCert: demandsCertificate, rejectUnauthorized: demandsCertificate });
  tls.on("tlsClientError", (_error, client) => client.destroy());
  tls.on("secureConnection", (client) => {
    secured++;
    join(client);
  });
  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on("error", () => raw.destroy());
    raw.once("readable", () => {
      const first = raw.read() as Buffer | null;
      if (first === null) return;
      raw.unshift(first);
      if (first[0] === HANDSHAKE) tls.emit("connection", raw);
      else if (takesPlain) join(raw);
      else raw.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get secured() {
      return secured;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
