// Requests that are sent without waiting for answers: a connection gets one answer after the other, and each only when the
// one before it has been read.
import { expect, test } from "@jest/globals";
import { gradient } from "../support/files.ts";
import { openRaw } from "../support/connection.ts";
import { eventually } from "../support/eventually.ts";
import { useTarget } from "../support/target.ts";
import { upload } from "../support/uploads.ts";

const target = useTarget();

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** @returns the path of a page of 1.4 MB: a hundred tweets, each with four pictures that are described at length */
async function heavyPage(): Promise<string> {
  const { alice } = await target.cast("alice");
  const picture = await gradient(10, 10).png().toBuffer();
  const media: string[] = [];
  for (let n = 0; n < 4; n++) media.push((await upload(alice, picture, { alt: "字".repeat(1000) })).id);
  for (let n = 0; n < 100; n++) await alice.tweet(`Tweet ${n}`, { media });
  const path = `/user/${alice.username}?limit=100`;
  expect(Buffer.byteLength((await alice.api.get(path)).text)).toBeGreaterThan(1_000_000);
  return path;
}

let page: string;

test("700 requests for a heavy page on a connection that reads nothing", async () => {
  page = await heavyPage();
  await target.underAttack(async () => {
    const connection = await openRaw(target.url, { reads: false });
    connection.write(get(page).repeat(700));
    await untilWorked();
    connection.end();
  });
});

test("connections that each read nothing of a heavy page", async () => {
  await target.underAttack(async () => {
    const connections = await Promise.all(Array.from({ length: 150 }, () => openRaw(target.url, { reads: false })));
    for (const connection of connections) connection.write(get(page).repeat(3));
    await untilWorked();
    for (const connection of connections) connection.end();
  });
});

test("a connection with too many requests at once is closed after an answer", async () => {
  const connection = await openRaw(target.url);
  await target.underAttack(async () => {
    connection.write(get("/nothing").repeat(100));
    await connection.ended;
  });
  const statuses = connection.statuses();
  expect(statuses.slice(0, -1)).toEqual(statuses.slice(0, -1).map(() => 404));
  expect([statuses.length > 1, statuses.length < 30, statuses.at(-1)]).toEqual([true, true, 503]);
  expect(connection.received()).toMatch(/\r\nConnection: close\r\n/i);
  connection.end();
});

test("a few requests at once are answered in their order", async () => {
  const connection = await openRaw(target.url);
  connection.write(get("/health/live") + get("/nothing") + get("/health/ready") + get("/feed") + get("/health/live"));
  await eventually(() => expect(connection.statuses()).toEqual([200, 404, 200, 401, 200]));
  connection.end();
});

/** Waits until the server has done what it was asked: for half a second, it takes hardly any processor time. */
async function untilWorked(): Promise<void> {
  let before = await target.cpuMs();
  await eventually(async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await target.cpuMs();
    const used = now - before;
    before = now;
    expect(used).toBeLessThan(150);
  });
}
