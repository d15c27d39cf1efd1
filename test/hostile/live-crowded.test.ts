// More live connections than a server with few descriptors can hold: others can still make requests.
import { afterEach, expect, test } from "@jest/globals";
import { io, type Socket } from "socket.io-client";
import { openRaw } from "../support/connection.ts";
import { eventually } from "../support/eventually.ts";
import { useTarget } from "../support/target.ts";

// Behind a proxy, connections are not limited by the address at their other end, which is the proxy's.
const target = useTarget({ TRUST_PROXY: "1" }, { descriptors: 200 });

const CLIENTS = 200;
/** Fewer than the server has room for beside those that are open, since a burst of more may cut off anyone. */
const AT_ONCE = 5;
const headersOf = (n: number) => ({ "X-Forwarded-For": `10.0.0.${n}` });

let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.disconnect();
  sockets = [];
});

test.each([["websocket"], ["polling"]])("200 clients that connect by %s and stay", async (transport) => {
  const connected = () => sockets.filter((socket) => socket.connected).length;
  let refused = 0;
  await target.underAttack(
    async () => {
      while (sockets.length < CLIENTS) {
        for (let n = 0; n < AT_ONCE; n++) {
          const socket = io(target.url, {
            forceNew: true,
            reconnection: false,
            transports: [transport],
            extraHeaders: headersOf(sockets.length),
          });
          sockets.push(socket.on("connect_error", () => refused++));
        }
        await eventually(() => expect(connected() + refused).toBe(sockets.length));
      }
      expect(connected()).toBeGreaterThan(50);
      for (let n = 0; n < 10; n++) {
        const reply = await fetch(`${target.url}/health/live`, { headers: { Connection: "close" } });
        expect(reply.status).toBe(200);
      }
      const upgrade = await openRaw(target.url);
      upgrade.write(
        `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n` +
          `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      await upgrade.ended;
      upgrade.end();
      expect(upgrade.received()).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: \d+\r\n[^]*"code":"NODE_FULL"/);
      for (const socket of sockets) socket.disconnect();
    },
    // Connections that are not needed for others stay open.
    { descriptors: 200 },
  );
});
