import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from "node:crypto";

/** The secrets of a browser's push subscription. */
export interface PushKeys {
  ecdh: ECDH;
  auth: Buffer;
}

/** New keys of a browser, as its PushSubscription shows them. */
export function publicPushKeys(): { p256dh: string; auth: string } {
  const ecdh = createECDH("prime256v1");
  return { p256dh: ecdh.generateKeys("base64url"), auth: randomBytes(16).toString("base64url") };
}

/** The claims of a sender's token: its audience, its expiry in seconds since 1970, and its contact. */
export interface VapidClaims {
  aud: string;
  exp: number;
  sub: string;
}

/** Checks a JSON Web Token for this origin, signed with the key next to it (RFC 8292). @returns its claims, and the key */
export function checkVapid(authorization: string, origin: string): { claims: VapidClaims; key: string } {
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
  if (!isRight) throw new Error("The signature does not match the key");
  const { alg } = JSON.parse(Buffer.from(header, "base64url").toString()) as { alg: string };
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as VapidClaims;
  if (alg !== "ES256") throw new Error(`The signature is by ${alg}`);
  if (claims.aud !== origin) throw new Error(`The token is for ${claims.aud}, not ${origin}`);
  const left = claims.exp - Date.now() / 1000;
  if (left < 0 || left > 86_400) throw new Error(`The token expires in ${left} seconds`);
  if (!/^(mailto:|https:)/.test(claims.sub)) throw new Error(`The token names ${claims.sub}`);
  return { claims, key };
}

/** Decrypts a push (RFC 8291 over RFC 8188), which has exactly one record. */
export function decrypt(body: Buffer, { ecdh, auth }: PushKeys): string {
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
