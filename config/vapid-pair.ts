import { createECDH, timingSafeEqual } from "node:crypto";

/** The key pair by which push services know this installation (RFC 8292), both base64url. */
export interface VapidKeys {
  publicKey: string;
  privateKey: string;
}

/** Whether the two belong together: the private key's point is the public one. Base64url, as VAPID keys are written. */
export function isVapidPair({ publicKey, privateKey }: VapidKeys): boolean {
  const secret = Buffer.from(privateKey, "base64url");
  const given = Buffer.from(publicKey, "base64url");
  if (secret.length !== 32 || given.length !== 65) return false;
  const curve = createECDH("prime256v1");
  try {
    curve.setPrivateKey(secret);
  } catch {
    // No number of the curve's field.
    return false;
  }
  return timingSafeEqual(curve.getPublicKey(), given);
}
