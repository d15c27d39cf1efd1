import { createECDH, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "@jest/globals";
import { type Person, uniqueName } from "./cast.ts";
import { checkVapid, decrypt, type PushKeys, type VapidClaims } from "./push-crypto.ts";

/** The content of a push, as the service worker reads it. */
interface PushMessage {
  kind: string;
  title: string;
  body: string;
  url: string;
  allUrl: string;
  icon?: string;
  image?: string;
  tag: string;
}

/** A push as a browser receives it: decrypted, with a verified signature. */
interface Push {
  /** The browser's name. */
  to: string;
  /** The whole path of its endpoint. */
  path: string;
  message: PushMessage;
  bytes: number;
  topic: string | undefined;
  ttl: number;
  urgency: string | undefined;
  /** The signed claims. */
  claims: VapidClaims;
  /** The public key of the signature. */
  key: string;
  /** The time of arrival, in milliseconds since 1970. */
  at: number;
  /** The answer's status; 0 without an answer. */
  status: number;
  /** Whether its connection had carried another push before. */
  reused: boolean;
}

/** A push subscription, as a browser gives it to the page. */
export interface SubscriptionJson {
  endpoint: string;
  expirationTime: number | null;
  keys: { p256dh: string; auth: string };
}

/** The answer of a push service; null: none. `dies`: it reads the whole request, then closes the connection. */
type PushAnswer = { status: number; headers?: OutgoingHttpHeaders } | "dies" | null;

/** A push service with browsers, on this machine. It accepts only requests that conform to RFC 8030, 8188, 8291 and 8292. */
export interface PushService {
  readonly url: string;
  /** All pushes in order, whether accepted or not. Fails after a request that does not conform. */
  pushes(to?: string): Push[];
  /** The paths of all requests, in order. */
  readonly requests: readonly string[];
  /** The number of requests without an answer so far. */
  readonly open: number;
  /** Sets the answer to the next requests; 201 before the first call. */
  answerWith(answer: (to: string) => PushAnswer): void;
  /** Creates a browser. @returns its subscription */
  browser(name: string): SubscriptionJson;
  /** Creates a browser and subscribes it for a user. @returns its subscription */
  subscribe(who: Person, name: string): Promise<SubscriptionJson>;
  stop(): Promise<void>;
}

/** Starts a push service. @param host the host in its URLs; it always listens on 127.0.0.1 */
export async function startPushService(host = "127.0.0.1"): Promise<PushService> {
  const browsers = new Map<string, PushKeys>();
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
    if (req.method !== "POST" || !browser) throw new Error(`${req.method} ${req.url} is not a request for a push`);
    const body = await buffer(req);
    const { claims, key } = checkVapid(req.headers.authorization ?? "", url);
    if (req.headers["content-encoding"] !== "aes128gcm") throw new Error("The content encoding is not aes128gcm");
    if (body.length > 4096) throw new Error(`A push has ${body.length} bytes, over the limit of 4096`);
    const ttl = Number(req.headers["ttl"]);
    if (!Number.isInteger(ttl)) throw new Error("The TTL is missing");
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

/** Shared steps of tests with a push service. @param service gives the running push service */
export function pushHelpers(service: () => PushService) {
  return {
    /** Subscribes a new browser for a user. @returns its name */
    reachable: async (who: Person): Promise<string> => {
      const name = uniqueName("device");
      await service().subscribe(who, name);
      return name;
    },

    /** The texts that a browser received, in order. */
    bodies: (to: string): string[] =>
      service()
        .pushes(to)
        .map(({ message }) => message.body),
  };
}
