// More requests than the server can answer: it refuses the rest at once, and goes on with those it has begun.
import { beforeAll, expect, test } from "@jest/globals";
import { openRaw, type RawConnection } from "../support/connection.ts";
import { eventually } from "../support/eventually.ts";
import { expectProblem } from "../support/problem.ts";
import { useTarget } from "../support/target.ts";

// Half of a server's connections may come from one address, and some of its descriptors are no connections.
const target = useTarget({ RATE_LIMIT_SCALE: "1000000" }, { descriptors: 5000 });

let read: string;
beforeAll(async () => {
  const { alice } = await target.cast("alice");
  for (let n = 0; n < 20; n++) await alice.tweet(`Tweet ${n}`);
  read = `GET /user/${alice.username} HTTP/1.1\r\nHost: x\r\n\r\n`;
});

/** Sends a request over each connection, all at once. @returns the statuses of the answers */
async function ask(connections: RawConnection[], request: string): Promise<number[]> {
  const before = connections.map((connection) => connection.statuses().length);
  for (const connection of connections) connection.write(request);
  await eventually(() => {
    const open = connections.filter((connection, n) => connection.statuses().length === before[n]);
    expect(open).toHaveLength(0);
  });
  return connections.map((connection) => connection.statuses().at(-1)!);
}

const count = (statuses: number[], wanted: number) => statuses.filter((status) => status === wanted).length;

test("a burst of hundreds of requests is answered, and of thousands, a part", async () => {
  const refused = await target.underAttack(async () => {
    const connections = await Promise.all(Array.from({ length: 2000 }, () => openRaw(target.url)));
    const burst = await ask(connections.slice(0, 300), read);
    expect(count(burst, 200)).toBe(300);
    const flood = await ask(connections, read);
    expect(count(flood, 200)).toBeGreaterThan(0);
    expect([count(flood, 503) > 0, count(flood, 200) + count(flood, 503)]).toEqual([true, 2000]);
    for (const connection of connections) connection.end();
    return connections[flood.indexOf(503)]!.received();
  });
  expect(refused).toMatch(/\r\nRetry-After: [123]\r\n/);
  expect(refused).toMatch(/\r\nContent-Type: application\/problem\+json/);
});

test("a refused tweet was not written, and afterwards all is as before", async () => {
  const { bob } = await target.cast("bob");
  const post = (n: number) => {
    const body = JSON.stringify({ text: `Flood ${n}` });
    return (
      `POST /tweet/key-${n} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bob.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    );
  };
  const connections = await Promise.all(Array.from({ length: 1500 }, () => openRaw(target.url)));
  connections.forEach((connection, n) => connection.write(post(n)));
  await eventually(() => expect(connections.every((connection) => connection.statuses().length > 0)).toBe(true));
  for (const connection of connections) connection.end();
  const outcomes = connections.map((connection) => connection.statuses()[0]!);
  const written = outcomes.flatMap((status, n) => (status === 201 ? [`key-${n}`] : []));
  expect(count(outcomes, 201) + count(outcomes, 503)).toBe(1500);
  await eventually(async () => {
    const reply = await bob.api.get<{ user: { tweetsCount: number } }>(`/user/${bob.username}`);
    expect([reply.status, reply.body.user.tweetsCount]).toEqual([200, written.length]);
  });
  const refused = outcomes.findIndex((status) => status === 503);
  if (refused !== -1) expectProblem(await bob.api.get(`/tweet/key-${refused}`), 404);
  expect((await bob.api.get(`/tweet/${written[0]}`)).status).toBe(200);
});
