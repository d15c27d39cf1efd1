import { createECDH, timingSafeEqual } from "node:crypto";

/** The key pair that identifies this installation to push services (RFC 8292), both halves base64url. */
export interface VapidKeys {
  publicKey: string;
  privateKey: string;
}

/** Whether the public key is the curve point of the private key. */
export function isVapidPair({ publicKey, privateKey }: VapidKeys): boolean {
  const secret = Buffer.from(privateKey, "base64url");
  const given = Buffer.from(publicKey, "base64url");
  if (secret.length !== 32 || given.length !== 65) return false;
  const curve = createECDH("prime256v1");
  try {
    curve.setPrivateKey(secret);
  } catch {
    // The text is not a private key of this curve.
    return false;
  }
  return timingSafeEqual(curve.getPublicKey(), given);
}
