// Addresses: of files outside, of internal actions, of ids in odd forms, of parts of a file, and under false host names.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, test } from "@jest/globals";
import { createApi, expectNoLeak, sendAsIs, sendBytes } from "../helper.ts";
import { endpointsOf } from "../support/endpoints.ts";
import { connectLive } from "../support/live.ts";
import { useTarget } from "../support/target.ts";
import { createVictim, stateOf, type Victim } from "../support/victim.ts";

const SITE = "https://starling.example";
const target = useTarget({ PUBLIC_URL: SITE, RATE_LIMIT_SCALE: "1000" });

let victim: Victim;
let before: object;
beforeAll(async () => {
  victim = await createVictim(target);
  before = await stateOf(victim);
});

const HTML = { accept: "text/html" };

test("no path leads to a file outside, in any encoding", async () => {
  const ups = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%252f",
    "..\\",
    "..%5c",
    "%2e%2e%5c",
    "....//",
    "..;/",
    "..%c0%af",
    "..%ef%bc%8f",
    ".%00./",
  ];
  const goals = [
    "package.json",
    "server.ts",
    ".env",
    "data/starling.sqlite",
    "etc/passwd",
    ".git/config",
    "proc/self/environ",
  ];
  const roots = ["/", "/docs/", "/docs/assets/", "/media/", "/assets/", "/icons/", "/tweet/", "/user/", "/socket.io/"];
  const paths = [
    ...roots.flatMap((root) =>
      ups.flatMap((up) => goals.map((goal) => root + up.repeat(goal === "package.json" ? 2 : 8) + goal)),
    ),
    ...goals.flatMap((goal) => [
      `/${goal}`,
      `//${goal}`,
      `/.//${goal}`,
      `/docs/assets/${goal}`,
      `/web/dist/${goal}`,
      `/media/${goal}`,
    ]),
    ...[
      "/docs/assets/%00",
      "/docs/assets/docs.js%00.css",
      "/docs/assets/C:%5cwindows%5cwin.ini",
      "/docs/assets/file:///etc/passwd",
    ],
    ...[
      "/.vite/manifest.json",
      "/index.html",
      "/.built-from",
      "/assets/",
      "/docs/assets/",
      "/media/",
      "/./",
      "/docs/assets/..",
    ],
  ];
  await target.underAttack(async () => {
    for (const path of paths) {
      const { status, text } = await sendAsIs(target.url, "GET", path);
      expect([path, [400, 404, 405].includes(status)]).toEqual([path, true]);
      expect(text).not.toMatch(/root:|"dependencies"|passwordHash|\[core\]|PATH=|import /);
      expectNoLeak(text);
    }
  });
});

describe("actions of services", () => {
  let actions: string[];
  beforeAll(async () => {
    const contract = await readFile(join(import.meta.dirname, "../../contract/actions.ts"), "utf8");
    const ours = [...contract.matchAll(/^ {2}"(\w+\.\w+)": /gm)].map(([, name]) => name!);
    expect(ours.length).toBeGreaterThan(30);
    actions = [
      ...ours,
      "$node.services",
      "$node.actions",
      "$node.options",
      "$node.list",
      "api.rest",
      "api.listAliases",
    ];
  });

  it("have no address", async () => {
    const { authorization } = { authorization: `Bearer ${victim.who.token}` };
    const json = JSON.stringify({ id: victim.who.id, userId: victim.who.id, username: victim.who.username });
    const headers = { authorization, "content-type": "application/json" };
    await target.underAttack(async () => {
      for (const action of actions) {
        const [service, name] = action.split(".");
        for (const path of [`/${service}/${name}`, `/${action}`, `/api/${action}`, `/~${service?.slice(1)}/${name}`]) {
          for (const method of ["GET", "POST"]) {
            const body = method === "POST" ? json : undefined;
            const reply = await sendAsIs(target.url, method, path, headers, body);
            expect([method, path, [404, 405].includes(reply.status)]).toEqual([method, path, true]);
          }
        }
      }
      for (const path of [
        "/list-aliases",
        "/api/list-aliases",
        "/~node/health",
        "/$node/services",
        "/metrics",
        "/rest",
        "/graphql",
      ]) {
        expect([path, (await sendAsIs(target.url, "GET", path, headers)).status]).toEqual([path, 404]);
      }
    });
    expect(await stateOf(victim)).toEqual(before);
  });

  it("are out of reach over a socket", async () => {
    const live = await connectLive(target.url, victim.who.token);
    const answers: unknown[] = [];
    for (const action of actions) {
      for (const event of ["call", "broadcast", "emit", "getClients", action, `$${action}`]) {
        live.socket.emit(event, action, { id: victim.who.id }, (...answer: unknown[]) => answers.push([event, answer]));
      }
    }
    // Messages are taken in order, so the others have been read when this one is answered.
    expect(await live.ask("watch", { username: victim.friend.username })).toEqual({ ok: true });
    expect(answers).toEqual([]);
    expect(await stateOf(victim)).toEqual(before);
  });
});

describe("a parameter", () => {
  const ODD = [
    ...[
      "0",
      "-1",
      "+1",
      "1.0",
      "1e3",
      "0x10",
      "1n",
      "00",
      "9".repeat(19),
      "9".repeat(20),
      "1".repeat(1000),
      "x".repeat(5000),
    ],
    ...["18446744073709551615", "18446744073709551616", "9223372036854775807", "NaN", "Infinity", "null", "undefined"],
    ...[
      "true",
      "[]",
      "{}",
      "[object Object]",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "_id",
      "$where",
    ],
    ...[
      "１２３",
      "٣",
      "\u200b",
      "\u202e1",
      "\ufeff1",
      "%",
      "%00",
      "..",
      ".",
      "*",
      "?",
      "#",
      "a/b",
      "a b",
      "'--",
      '"',
      "<b>",
      "😀",
    ],
  ];

  it("of an odd form is refused at every endpoint, and changes nothing", async () => {
    const doors = (await endpointsOf(target.url)).filter(({ path }) => path.includes(":"));
    expect(doors.length).toBeGreaterThan(8);
    await target.underAttack(async () => {
      for (const { method, path } of doors) {
        for (const odd of ODD) {
          const url = path.replace(
            /:\w+/,
            encodeURIComponent(odd).replace(/^\.+$/, (dots) => "%2e".repeat(dots.length)),
          );
          // `fetch` would resolve dots before it sends a path.
          const reply = await sendAsIs(target.url, method, url, { authorization: `Bearer ${victim.who.token}` });
          expect([method, url, reply.status]).toEqual([
            method,
            url,
            [400, 404, 405, 422].find((one) => one === reply.status),
          ]);
          expect(reply.headers.get("content-type")).toMatch(/^application\/problem\+json/);
          expectNoLeak(reply.text.replaceAll("node_modules", ""));
        }
      }
    });
    expect(await stateOf(victim)).toEqual(before);
  });

  it("of a list of an odd form is refused or leads nowhere", async () => {
    for (const path of ["/feed", "/user", "/notifications", `/user/${victim.who.username}/followers`]) {
      for (const odd of ODD) {
        for (const name of ["limit", "before", "after"]) {
          const reply = await victim.who.api.get(`${path}?${name}=${encodeURIComponent(odd)}`);
          const isId = name !== "limit" && /^\d{1,20}$/.test(odd) && BigInt(odd) < 2n ** 63n;
          expect([path, name, odd, reply.status]).toEqual([path, name, odd, isId ? 200 : 422]);
        }
      }
    }
  });
});

test("a Range gives a part, the whole, or a refusal, and never more than the file", async () => {
  const path = `/media/${victim.picture.id}`;
  const { bytes } = victim.picture;
  const ranges: [string, number, number?][] = [
    ["bytes=0-0", 206, 1],
    ["bytes=-1", 206, 1],
    ["bytes=0-", 206, bytes],
    [`bytes=-${"9".repeat(15)}`, 206, bytes],
    [`bytes=0-${"9".repeat(15)}`, 206, bytes],
    [`bytes=${bytes}-`, 416],
    ["bytes=-0", 416],
    ["bytes=999999999999999-", 416],
    ["bytes=9999999999999999999999-", 200, bytes],
    ["bytes=5-1", 200, bytes],
    ["bytes=-", 200, bytes],
    ["bytes=--1", 200, bytes],
    ["bytes=0x0-0x9", 200, bytes],
    ["bytes=1e1-", 200, bytes],
    ["bytes=0-0,1-1", 200, bytes],
    [`bytes=${"0-,".repeat(2000)}0-`, 200, bytes],
    [`bytes=${" ".repeat(5000)}0-x`, 200, bytes],
    ["items=0-1", 200, bytes],
    ["bytes 0-1", 200, bytes],
  ];
  for (const [range, status, length] of ranges) {
    const reply = await sendAsIs(target.url, "GET", path, { range });
    const given = [range, reply.status, status === 416 ? undefined : Number(reply.headers.get("content-length"))];
    expect(given).toEqual([range, status, length]);
  }
});

describe("a false host name", () => {
  const EVIL = "evil.example";
  const HEADERS: Record<string, string>[] = [
    { host: EVIL },
    { host: `${EVIL}:443` },
    { host: `starling.example@${EVIL}` },
    { host: `starling.example.${EVIL}` },
    { host: "starling.example", "x-forwarded-host": EVIL, "x-forwarded-proto": "javascript", "x-forwarded-port": "1" },
    { host: "starling.example", forwarded: `host=${EVIL};proto=http`, "x-host": EVIL, "x-original-host": EVIL },
    {
      host: "starling.example",
      "x-original-url": "/feed",
      "x-rewrite-url": `/${EVIL}`,
      "x-forwarded-prefix": `/${EVIL}`,
    },
    { host: "starling.example", "x-forwarded-server": EVIL, via: EVIL, "x-http-host-override": EVIL },
  ];

  it.each(HEADERS)("is in no link: %j", async (headers) => {
    const { id } = victim.tweet;
    const pages: [string, Record<string, string>][] = [
      [`/tweet/${id}`, {}],
      [`/tweet/${id}`, HTML],
      ["/tweet/1", HTML],
      ["/", HTML],
      ["/docs", HTML],
      ["/openapi.json", {}],
      [`/user/${victim.who.username}`, {}],
      [`/oembed?url=${encodeURIComponent(`${SITE}/tweet/${id}`)}`, {}],
      ["/nothing/", {}],
    ];
    for (const [path, more] of pages) {
      const reply = await sendAsIs(target.url, "GET", path, { ...headers, ...more });
      expect([path, reply.status < 500]).toEqual([path, true]);
      expect(reply.text + [...reply.headers].join()).not.toContain(EVIL);
      if (path.endsWith(id) || path === "/openapi.json") expect(reply.text).toContain(SITE);
    }
    // It does not make an address of that host this site's own.
    const oembed = await sendAsIs(target.url, "GET", `/oembed?url=https://${EVIL}/tweet/${id}`, headers);
    expect(oembed.status).toBe(404);
  });

  it("in the request line is in no link", async () => {
    const answer = await sendBytes(
      target.url,
      `GET https://${EVIL}/tweet/${victim.tweet.id} HTTP/1.1\r\nHost: ${EVIL}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /);
    expect(answer).not.toContain(EVIL);
  });
});

test("after all this, others are served as before", async () => {
  expect(await stateOf(victim)).toEqual(before);
  expect((await createApi(target.url).get("/health/ready")).status).toBe(200);
});
