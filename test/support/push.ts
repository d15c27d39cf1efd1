import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "@jest/globals";
import { type Person, uniqueName } from "./cast.ts";

/** What a push says, as the service worker reads it. */
export interface PushMessage {
  title: string;
  body: string;
  url: string;
  icon?: string;
  image?: string;
  tag: string;
}

/** A push as its browser gets it: decrypted, from a sender whose signature is right. */
export interface Push {
  /** The browser's name. */
  to: string;
  /** The whole path of its endpoint. */
  path: string;
  message: PushMessage;
  bytes: number;
  topic: string | undefined;
  ttl: number;
  urgency: string | undefined;
  /** What the sender signed. */
  claims: { aud: string; exp: number; sub: string };
  /** The public key that its signature is right by. */
  key: string;
  /** When it arrived, in milliseconds since 1970, and what was answered. */
  at: number;
  status: number;
  /** Whether it came on a connection that had carried another before. */
  reused: boolean;
}

/** What a browser hands to the page that subscribes. */
export interface SubscriptionJson {
  endpoint: string;
  expirationTime: number | null;
  keys: { p256dh: string; auth: string };
}

/** How a push service answers; null: never. `dies`: it has read all of the request, and is gone before it answers. */
export type PushAnswer = { status: number; headers?: OutgoingHttpHeaders } | "dies" | null;

/** A push service with browsers, on this machine. It takes only what the RFCs 8030, 8188, 8291 and 8292 let it take. */
export interface PushService {
  readonly url: string;
  /** All that were asked for, taken or not, in order. Fails when a request was not as the RFCs have it. */
  pushes(to?: string): Push[];
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** How many requests wait for their answer. */
  readonly open: number;
  /** How the next requests are answered; 201 before this is set. */
  answerWith(answer: (to: string) => PushAnswer): void;
  /** @returns the subscription of a new browser */
  browser(name: string): SubscriptionJson;
  /** Subscribes a new browser for somebody. @returns its subscription */
  subscribe(who: Person, name: string): Promise<SubscriptionJson>;
  stop(): Promise<void>;
}

interface Browser {
  ecdh: ECDH;
  auth: Buffer;
}

/** @param host the name or address in its URLs; it listens on loopback whatever it is */
export async function startPushService(host = "127.0.0.1"): Promise<PushService> {
  const browsers = new Map<string, Browser>();
  const pushes: Push[] = [];
  const faults: unknown[] = [];
  const requests: string[] = [];
  const used = new WeakSet<Socket>();
  let open = 0;
  let answer: (to: string) => PushAnswer = () => ({ status: 201 });

  async function take(req: IncomingMessage): Promise<PushAnswer> {
    const path = req.url ?? "";
    requests.push(path);
    const reused = used.has(req.socket);
    used.add(req.socket);
    const to = decodeURIComponent(path.replace(/^\/push\//, "").replace(/\?.*$/, ""));
    const browser = browsers.get(to);
    if (req.method !== "POST" || !browser) throw new Error(`${req.method} ${req.url} is no request for a push`);
    const body = await buffer(req);
    const { claims, key } = checkVapid(req.headers.authorization ?? "", url);
    if (req.headers["content-encoding"] !== "aes128gcm") throw new Error("The content encoding is not aes128gcm");
    if (body.length > 4096) throw new Error(`A push has ${body.length} bytes, more than a push service takes`);
    const ttl = Number(req.headers["ttl"]);
    if (!Number.isInteger(ttl)) throw new Error("There is no TTL");
    const text = decrypt(body, browser);
    const given = answer(to);
    const { topic, urgency } = req.headers as Record<string, string | undefined>;
    const message = JSON.parse(text) as PushMessage;
    const bytes = Buffer.byteLength(text);
    pushes.push({
      to,
      path,
      message,
      bytes,
      topic,
      ttl,
      urgency,
      claims,
      key,
      at: Date.now(),
      status: given === null || given === "dies" ? 0 : given.status,
      reused,
    });
    return given;
  }

  const server = createServer((req, res) => {
    open += 1;
    res.on("close", () => (open -= 1));
    take(req).then(
      (given) => {
        if (given === "dies") req.socket.resetAndDestroy();
        else if (given) res.writeHead(given.status, given.headers).end();
      },
      (error: unknown) => {
        faults.push(error);
        res.writeHead(400).end();
      },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;

  function browser(name: string): SubscriptionJson {
    const ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    const auth = randomBytes(16);
    browsers.set(name, { ecdh, auth });
    return {
      endpoint: `${url}/push/${encodeURIComponent(name)}`,
      expirationTime: null,
      keys: { p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") },
    };
  }

  return {
    url,
    pushes(to) {
      expect(faults).toEqual([]);
      return to === undefined ? [...pushes] : pushes.filter((push) => push.to === to);
    },
    requests,
    get open() {
      return open;
    },
    answerWith(next) {
      answer = next;
    },
    browser,
    async subscribe(who, name) {
      const subscription = browser(name);
      const reply = await who.api.post("/push/subscription", subscription);
      expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
      return subscription;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** RFC 8292: a JSON Web Token for this origin, signed with the key that comes along. @returns what it claims */
function checkVapid(authorization: string, origin: string): Pick<Push, "claims" | "key"> {
  const [, token = "", key = ""] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const [header = "", payload = "", signature = ""] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const publicKey = createPublicKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33, 65).toString("base64url"),
    },
  });
  const signed = Buffer.from(`${header}.${payload}`);
  const isRight = verify(
    "sha256",
    signed,
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isRight) throw new Error("The signature is not the key's");
  const { alg } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg: string };
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Push["claims"];
  if (alg !== "ES256") throw new Error(`The signature is by ${alg}`);
  if (claims.aud !== origin) throw new Error(`The token is for ${claims.aud}, not ${origin}`);
  const left = claims.exp - Date.now() / 1000;
  if (left < 0 || left > 86_400) throw new Error(`The token expires in ${left} seconds`);
  if (!/^(mailto:|https:)/.test(claims.sub)) throw new Error(`The token names ${claims.sub}`);
  return { claims, key };
}

/** RFC 8291 over RFC 8188, with the one record that a push has. */
function decrypt(body: Buffer, { ecdh, auth }: Browser): string {
  const salt = body.subarray(0, 16);
  const idLength = body.readUInt8(20);
  const sender = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  if (record.length > body.readUInt32BE(16)) throw new Error("A push has one record");
  const derive = (secret: Uint8Array, by: Uint8Array, info: Uint8Array, bytes: number) =>
    Buffer.from(hkdfSync("sha256", secret, by, info, bytes));
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), ecdh.getPublicKey(), sender]);
  const input = derive(ecdh.computeSecret(sender), auth, info, 32);
  const key = derive(input, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = derive(input, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  if (end === -1 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("The padding is wrong");
  return padded.subarray(0, end).toString("utf8");
}

/** What the tests of a file ask of their push service. @param service it, once it runs */
export function pushHelpers(service: () => PushService) {
  return {
    /** Gives somebody a browser at the push service. @returns its name */
    reachable: async (who: Person): Promise<string> => {
      const name = uniqueName("device");
      await service().subscribe(who, name);
      return name;
    },

    /** What a browser was told, in order. */
    bodies: (to: string): string[] =>
      service()
        .pushes(to)
        .map(({ message }) => message.body),
  };
}
