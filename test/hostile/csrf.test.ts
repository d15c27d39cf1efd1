// Requests that another site makes with a visitor's cookie.
import { beforeAll, describe, expect, it, test } from "@jest/globals";
import { createApi, sendAsIs } from "../helper.ts";
import { type Door, endpointsOf, requestsOf } from "../support/endpoints.ts";
import { useTarget } from "../support/target.ts";
import { createVictim, stateOf, type Victim } from "../support/victim.ts";

const SITE = "https://starling.example";
const target = useTarget({ PUBLIC_URL: SITE, RATE_LIMIT_SCALE: "1000" });

let victim: Victim;
let doors: Door[];
beforeAll(async () => {
  victim = await createVictim(target);
  doors = await endpointsOf(target.url);
});

/** Uploads have a body of their own. */
const FORM = "POST /media";
const UPLOAD = { "content-type": "multipart/form-data; boundary=b" };
const UPLOAD_BODY = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx\r\n--b--\r\n';

/** Headers with which browsers or attackers might send a request from elsewhere. */
const ORIGINS: [from: string, headers: Record<string, string>][] = [
  ["without an Origin", {}],
  ["from a sandboxed frame or a file", { origin: "null" }],
  ["from another site", { origin: "https://evil.example" }],
  ["from a sibling", { origin: "https://evil.starling.example" }],
  ["from a site that begins alike", { origin: "https://starling.example.evil.example" }],
  ["from a site that ends alike", { origin: "https://evilstarling.example" }],
  ["from the http page of the site", { origin: "http://starling.example" }],
  ["from another port", { origin: "https://starling.example:8443" }],
  ["from a whole address", { origin: "https://starling.example/" }],
  ["from two origins", { origin: "https://starling.example https://evil.example" }],
  ["from a site that is also the Host", { origin: "https://evil.example", host: "evil.example" }],
  ["from a site that a proxy seems to name", { origin: "https://evil.example", "x-forwarded-host": "evil.example" }],
  ["with the Referer of the site alone", { referer: `${SITE}/` }],
  ["with a claim of the same site", { "sec-fetch-site": "same-origin" }],
];

/** Sends a request as it is. Node would send the body of a DELETE without its length. */
const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
  sendAsIs(
    target.url,
    method,
    path,
    body === undefined ? headers : { ...headers, "content-length": `${Buffer.byteLength(body)}` },
    body,
  );

const cookie = () => ({ cookie: `__Host-session=${victim.who.token}` });

test("every endpoint that changes something has a request", () => {
  const changing = doors.filter(({ changes, name }) => changes && name !== FORM);
  expect(changing.map(({ name }) => name).sort()).toEqual(Object.keys(requestsOf(victim)).sort());
});

describe("a request that changes something by cookie", () => {
  it.each(ORIGINS)("is refused %s, at every endpoint", async (_, headers) => {
    const before = await stateOf(victim);
    for (const { name, method } of doors.filter(({ changes, auth }) => changes && auth === "required")) {
      const request = requestsOf(victim)[name];
      const [path, body] = request
        ? [request.path, request.json && JSON.stringify(request.json)]
        : ["/media", UPLOAD_BODY];
      const type = request ? (body === undefined ? {} : { "content-type": "application/json" }) : UPLOAD;
      const reply = await send(method, path, { ...cookie(), ...headers, ...type }, body);
      expect([name, reply.status, (reply.body as { code: string }).code]).toEqual([name, 403, "FOREIGN_ORIGIN"]);
    }
    expect(await stateOf(victim)).toEqual(before);
  });

  it("is refused as a form, even from this site", async () => {
    const before = await stateOf(victim);
    for (const [name, { path, json = { x: 1 } }] of Object.entries(requestsOf(victim))) {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""]) {
        const headers = { ...cookie(), origin: SITE, ...(type && { "content-type": type }) };
        const reply = await send(name.split(" ")[0]!, path, headers, JSON.stringify(json));
        expect([name, type, reply.status]).toEqual([name, type, 415]);
      }
    }
    expect(await stateOf(victim)).toEqual(before);
  });
});

it("lets no other site's script send or read with the cookie", async () => {
  for (const { path, method } of doors) {
    const url = path.replace(/:\w+/, "1");
    const preflight = { origin: "https://evil.example", "access-control-request-method": method };
    for (const reply of [
      await sendAsIs(target.url, "OPTIONS", url, preflight),
      await sendAsIs(target.url, "GET", url, { ...cookie(), origin: "https://evil.example" }),
    ]) {
      // With `*` and without this header, browsers refuse every request that carries cookies.
      expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
      expect(reply.headers.get("access-control-allow-origin")).toBe("*");
    }
  }
});

it("changes nothing by GET or HEAD, whatever the request claims to be", async () => {
  const before = await stateOf(victim);
  const overrides = { "x-http-method-override": "DELETE", "x-http-method": "DELETE", "x-method-override": "DELETE" };
  const values: Record<string, string> = {
    "/tweet/:id": victim.tweet.id,
    "/sessions/:id": victim.sessionId,
    "/media/:id": victim.draft.id,
  };
  for (const path of new Set(doors.map((door) => door.path))) {
    const url = path.replace(/:\w+/, values[path] ?? victim.friend.username);
    for (const method of ["GET", "HEAD"]) {
      const reply = await sendAsIs(target.url, method, `${url}?_method=DELETE&text=x`, { ...cookie(), ...overrides });
      expect([url, reply.status < 500]).toEqual([url, true]);
    }
  }
  expect(await stateOf(victim)).toEqual(before);
});

it("lets pages of this site change everything, which proves that only the Origin was wrong", async () => {
  const { who } = victim;
  for (const [name, { path, json }] of Object.entries(requestsOf(victim))) {
    const session = name.startsWith("POST /auth/log") && name !== "POST /auth/login" ? await freshSession() : who.token;
    const headers = { cookie: `__Host-session=${session}`, origin: SITE };
    const reply = await createApi(target.url).send(name.split(" ")[0]!, path, { json, headers });
    expect([name, reply.status, reply.text]).toEqual([name, expect.any(Number), expect.any(String)]);
    expect([name, reply.status >= 200 && reply.status < 300]).toEqual([name, true]);
  }
});

/** A new session with the password that the requests have set. */
async function freshSession(): Promise<string> {
  const { json } = requestsOf(victim)["POST /auth/login"]!;
  return (await createApi(target.url).post<{ token: string }>("/auth/login", json)).body.token;
}
