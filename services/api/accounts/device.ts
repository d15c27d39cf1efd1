import type { IncomingHttpHeaders } from "node:http";
import { parse } from "cookie";

/** The cookie by which an account knows a browser from which it has logged in. Random, it tells nothing by itself. */
const DEVICE_COOKIE = "device";
/** As long as the place is remembered: see `services/users/places.ts`. */
const COOKIE_SECONDS = 90 * 86_400;

/** The token in the device cookie; undefined when there is none. */
export function deviceToken({ cookie }: IncomingHttpHeaders): string | undefined {
  const token = cookie === undefined ? undefined : parse(cookie)[DEVICE_COOKIE];
  return token !== undefined && /^[\w-]{43}$/.test(token) ? token : undefined;
}

/** The Set-Cookie header that marks a browser. Only logins see the cookie, and it survives a logout. */
export function deviceCookie(token: string, publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${DEVICE_COOKIE}=${token}; Path=/auth; HttpOnly; SameSite=Lax; Max-Age=${COOKIE_SECONDS}${secure}`;
}
