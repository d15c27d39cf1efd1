// Requests that no rate limit counts, because a refusal would cost as much: addresses without an endpoint, and questions of
// browsers about what other sites may do. They must stay as cheap as that, whatever their headers.
import { expect, test } from "@jest/globals";
import { createApi } from "../helper.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget();

const CLIENTS = 8;
const REQUESTS = 25;
/** A page costs as much. With the longest headers, each of these requests once took 2 to 7 ms. */
const MOST_CPU_MS = 1.3;

const preflight = { origin: "https://other.example", "access-control-request-method": "POST" };
const names = Array.from({ length: 2200 }, (_, n) => `k${n}`).join("&");

const KINDS: [what: string, status: number, method: string, path: string, headers: Record<string, string>][] = [
  ["unknown addresses", 404, "GET", "/nothing/here", {}],
  ["unknown methods", 405, "DELETE", "/feed", {}],
  ["preflights", 204, "OPTIONS", "/tweet", preflight],
  ["unknown addresses with long queries", 404, "GET", `/nothing?${names}`, {}],
  ["unknown addresses with escaped queries", 404, "GET", `/nothing?${"%5B%61".repeat(2400)}`, {}],
  ["preflights with long queries", 204, "OPTIONS", `/tweet?${names}`, preflight],
  ["unknown addresses with a long Accept", 404, "GET", "/nothing", { accept: "a/b,".repeat(3700) }],
  ["unknown addresses for pages again and again", 404, "GET", "/nothing", { accept: "text/html,".repeat(1480) }],
];

test.each(KINDS)("%s are cheap", async (_, status, method, path, headers) => {
  const api = createApi(target.url);
  const client = async () => {
    for (let n = 0; n < REQUESTS; n++) expect((await api.send(method, path, { headers })).status).toBe(status);
  };
  const all = async () => {
    const before = await target.cpuMs();
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return ((await target.cpuMs()) - before) / (CLIENTS * REQUESTS);
  };
  // The first requests of a process cost more than later ones.
  await all();
  expect(await all()).toBeLessThan(MOST_CPU_MS);
});
