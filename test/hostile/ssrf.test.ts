// Addresses that lead the server to itself or into its network: those of push services, which any user may give.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "@jest/globals";
import { createApi, eventually, type Person, temporaryFolder, uniqueName } from "../helper.ts";
import { publicPushKeys } from "../support/push-crypto.ts";
import { useTarget } from "../support/target.ts";

/** Names of a public zone that its owner has pointed into private networks. */
const INSIDE: Record<string, string> = {
  "loopback.example.com": "127.0.0.1",
  "loopback6.example.com": "::1",
  "mapped.example.com": "::ffff:127.0.0.1",
  "any.example.com": "0.0.0.0",
  "metadata.example.com": "169.254.169.254",
  "private.example.com": "10.0.0.1",
  "unique-local.example.com": "fd00::1",
  "nat64.example.com": "64:ff9b::7f00:1",
};

/** A server of this machine that nobody outside may reach through Starling. */
let canary: Server;
let visits = 0;
/** A module that answers the server's DNS lookups, in place of a DNS server. */
const resolver = join(await temporaryFolder(), "resolver.mjs");
await writeFile(
  resolver,
  `import dns from "node:dns";
  import { syncBuiltinESMExports } from "node:module";
  const inside = ${JSON.stringify(INSIDE)};
  const { lookup } = dns;
  dns.lookup = (name, options, callback) => {
    if (!(name in inside)) return lookup(name, options, callback);
    const address = inside[name];
    callback(null, [{ address, family: address.includes(":") ? 6 : 4 }]);
  };
  syncBuiltinESMExports();`,
);

const target = useTarget({
  RATE_LIMIT_SCALE: "1000",
  LOG_LEVEL: "info",
  NODE_OPTIONS: `--max-old-space-size=512 --import=${resolver}`,
});

let mallory: Person;
let port: number;
beforeAll(async () => {
  canary = createServer((socket) => {
    visits++;
    socket.destroy();
  }).listen(0, "::");
  await once(canary, "listening");
  ({ port } = canary.address() as AddressInfo);
  ({ mallory } = await target.cast("mallory"));
});
afterAll(() => void canary.close());

const subscribe = (endpoint: string) => mallory.api.post("/push/subscription", { endpoint, keys: publicPushKeys() });

describe("as the address of a push service", () => {
  const HOSTS = [
    // This machine, in every spelling that URL parsers or resolvers read as an address.
    ...[
      "localhost",
      "LOCALHOST",
      "localhost.",
      "a.localhost",
      "127.0.0.1",
      "127.1",
      "127.0.1",
      "2130706433",
      "0x7f000001",
    ],
    ...["0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0", "①②⑦.⓪.⓪.①"],
    ...[
      "[::1]",
      "[::]",
      "[0:0:0:0:0:0:0:1]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[::127.0.0.1]",
      "[64:ff9b::7f00:1]",
    ],
    ...["[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]", "[fe80::1]", "[fec0::1]"],
    // Private networks, and metadata of clouds.
    ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.169.254", "2852039166"],
    ...["0xa9fea9fe", "0251.0376.0251.0376", "[fd00:ec2::254]", "[fc00::1]", "[::ffff:169.254.169.254]", "[ff02::1]"],
    ...["192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "[2001:db8::1]"],
    // Names that mean something only inside.
    ...["metadata.google.internal", "printer.local", "router.home.arpa", "intranet", "redis", "mongo-1", "metadata"],
  ];

  it("no inner host is taken, in any spelling", async () => {
    for (const host of HOSTS) {
      for (const endpoint of [`https://${host}/`, `https://${host}:8443/push`, `https://${host}:${port}/`]) {
        const reply = await subscribe(endpoint);
        expect([endpoint, reply.status]).toEqual([endpoint, 422]);
      }
    }
  });

  it.each([
    ...["http", "ftp", "file", "gopher", "ws", "data", "javascript", "unix", "blob:https"].map(
      (scheme) => `${scheme}://push.example.com/`,
    ),
    "file:///etc/passwd",
    "data:text/plain,x",
    "//push.example.com/",
    "push.example.com",
    "",
    "https://",
    "https:push.example.com@127.0.0.1/",
    "https://push.example.com@127.0.0.1/",
    "https://127.0.0.1#@push.example.com/",
    "https://127.0.0.1\\@push.example.com/",
    "https://name:password@push.example.com/",
    "https://push.example.com:22/",
    "https://push.example.com:25/",
    "https://push.example.com:99999/",
    "https://push.example.com/a b",
    "https://push.example.com/\r\nHost: 127.0.0.1",
    "https://127.0.0.1\t.example.com/",
    "\thttps://push.example.com/",
    "https://push.example.com/\u0000",
    "https://pu\u00adsh.example.com/",
    "https://127.0.0.1\u3002example.com/",
    `https://push.example.com/${"x".repeat(3000)}`,
  ])("%j is not taken", async (endpoint) => {
    expect((await subscribe(endpoint)).status).toBe(422);
  });

  it("a public one is taken", async () => {
    expect((await subscribe(`https://${uniqueName()}.example.com:8443/push`.toLowerCase())).status).toBe(201);
  });
});

test("a push to a name that leads inside connects to nothing", async () => {
  const { friend } = await target.cast("friend");
  await mallory.follow(friend);
  for (const name of Object.keys(INSIDE)) {
    expect((await subscribe(`https://${name}:${port}/push`)).status).toBe(201);
  }
  await target.underAttack(async () => {
    await friend.tweet("to those who are away");
    await eventually(() => {
      for (const name of Object.keys(INSIDE)) {
        expect(target.output()).toContain(`A push to https://${name}:${port} was not taken (refused)`);
      }
    });
  });
  // A connection would have been opened right after the lookup, before the answer to this request.
  await createApi(target.url).get("/health/live");
  expect(visits).toBe(0);
});

test("oEmbed reads addresses of this site alone, and connects to none", async () => {
  const { id } = await mallory.tweet("embedded");
  const ask = (url: string) => createApi(target.url).get(`/oembed?url=${encodeURIComponent(url)}`);
  expect((await ask(`${target.url}/tweet/${id}`)).status).toBe(200);
  const { host } = new URL(target.url);
  for (const url of [
    `http://localhost:${port}/tweet/${id}`,
    `http://127.0.0.1:${new URL(target.url).port}/tweet/${id}`,
    `http://${host}@127.0.0.1:${port}/tweet/${id}`,
    `http://127.0.0.1:${port}#${host}/tweet/${id}`,
    `http://${host}.example.com/tweet/${id}`,
    `file://${host}/tweet/${id}`,
    `ftp://${host}/tweet/${id}`,
    `javascript://${host}/tweet/${id}`,
    `//${host}/tweet/${id}`,
    `/tweet/${id}`,
    `${target.url}/user/../health/live`,
    `${target.url}/tweet/${id}/../../feed`,
    `${target.url}/tweet/%2e%2e%2ffeed`,
    "http://[::1",
    "",
  ]) {
    expect([url, (await ask(url)).status]).toEqual([url, 404]);
  }
  expect(visits).toBe(0);
});
