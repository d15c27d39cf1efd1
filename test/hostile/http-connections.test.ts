// More connections than a server with few descriptors can hold: a new one takes the place of an idle or a slow one.
import { afterEach, expect, test } from "@jest/globals";
import { openRaw, type RawConnection } from "../support/connection.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget({}, { descriptors: 200 });

let connections: RawConnection[] = [];
afterEach(() => {
  for (const connection of connections) connection.end();
  connections = [];
});

const REQUEST = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const BODY = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";

test.each([
  ["that send nothing", ""],
  ["whose headers are not complete", "GET / HTTP/1.1\r\nHost: x\r\n"],
  ["that were kept alive after a request", REQUEST],
  ["whose bodies are not complete", BODY],
])("300 connections %s", async (_, bytes) => {
  await target.underAttack(
    async () => {
      for (let n = 0; n < 300; n++) {
        const connection = await openRaw(target.url);
        connections.push(connection);
        connection.write(bytes);
      }
      // Others are served while the connections stay open.
      for (let n = 0; n < 10; n++) expect((await fetch(`${target.url}/health/live`)).status).toBe(200);
    },
    // Connections that are not needed for others stay open.
    { descriptors: 200 },
  );
});

test("300 connections that ask at the same time are answered or closed", async () => {
  await target.underAttack(async () => {
    const asking = await Promise.all(Array.from({ length: 300 }, () => openRaw(target.url)));
    connections.push(...asking);
    const done = asking.map(async (connection) => {
      connection.write("GET /user/nobody HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      await connection.ended;
      return connection.statuses()[0] ?? "closed";
    });
    const outcomes = new Set(await Promise.all(done));
    expect(outcomes).toContain(404);
    // 429 after the limit of an address, 503 when there is no place.
    expect([404, 429, 503, "closed"]).toEqual(expect.arrayContaining([...outcomes]));
  });
});
