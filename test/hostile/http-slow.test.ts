// Clients that take their time: each kind is ended after a while, and nobody else waits for it.
import { expect, test } from "@jest/globals";
import { openRaw, type RawConnection } from "../support/connection.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget();

/** Slow clients are ended after 15 s; the server looks every second or two. */
const LIMIT_MS = 22_000;

const JSON_HEAD = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/** For each kind of slowness, what the client sends first, and what it sends twice a second from then on. */
const KINDS: Record<string, [first: string, then: string]> = {
  "send nothing": ["", ""],
  "send their headers slowly": ["GET /health/live HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n"],
  "send their body slowly": [`${JSON_HEAD}Content-Length: 1000\r\n\r\n{`, " "],
  "send their chunks slowly": [`${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, "1\r\n \r\n"],
  "send no body": [`${JSON_HEAD}Content-Length: 1000\r\n\r\n`, ""],
  "send a form slowly where none is expected": [
    "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n-",
    "-",
  ],
};
const EACH = 20;

test("slow clients are ended, and others are served meanwhile", async () => {
  const connections: [kind: string, connection: RawConnection][] = [];
  for (const [kind, [first]] of Object.entries(KINDS)) {
    for (let n = 0; n < EACH; n++) {
      const connection = await openRaw(target.url);
      connection.write(first);
      connections.push([kind, connection]);
    }
  }
  const trickle = setInterval(() => {
    for (const [kind, connection] of connections) if (KINDS[kind]![1] !== "") connection.write(KINDS[kind]![1]);
  }, 500);
  const open = new Set(connections);
  for (const each of connections) void each[1].ended.then(() => open.delete(each));
  await target.underAttack(async () => {
    await Promise.race([
      Promise.all(connections.map(([, { ended }]) => ended)),
      new Promise((resolve) => setTimeout(resolve, LIMIT_MS)),
    ]);
    clearInterval(trickle);
  });
  expect([...open].map(([kind]) => kind)).toEqual([]);
  const statuses = new Set(connections.flatMap(([, connection]) => connection.statuses()));
  expect(statuses).toEqual(new Set([408]));
  for (const [, connection] of connections) connection.end();
}, 60_000);
