import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { parse } from "cookie";
import { ForbiddenError, UnauthorizedError } from "../../lib/errors.ts";
import { type Session } from "../../contract/records.ts";
import { call, type Caller } from "../../contract/call.ts";

/** The cookie that carries a session's token. */
export const SESSION_COOKIE = "session";
const COOKIE_SECONDS = 90 * 86_400;

/** The token of a request, and the header that carried it. */
interface Credentials {
  token: string;
  by: "bearer" | "cookie";
}

function credentialsOf(req: IncomingMessage): Credentials | null {
  const { authorization } = req.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw new UnauthorizedError("The Authorization header must be: Bearer TOKEN");
    return { token, by: "bearer" };
  }
  const token = cookieToken(req.headers);
  return token ? { token, by: "cookie" } : null;
}

/** The token in the session cookie, if there is one. */
export function cookieToken({ cookie }: IncomingHttpHeaders): string | undefined {
  return cookie === undefined ? undefined : parse(cookie)[SESSION_COOKIE];
}

/** A new token: 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The only form of a token that leaves the gateway. The token is random enough for a fast hash. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The session of a token; null when the token is unknown or has expired. */
export function findSession(caller: Caller, token: string): Promise<Session | null> {
  return call(caller, "users.authenticate", { sessionId: hashToken(token) });
}

/**
 * Whether the Origin header says that the request comes from a page of this site: of `publicUrl`, or of the request's
 * own host. If the site is https, an http page of the same host does not count, because anybody on the network path can
 * forge one.
 */
export function isOwnOrigin({ headers }: Pick<IncomingMessage, "headers">, publicUrl: string): boolean {
  const { origin, host } = headers;
  // Browsers send a bare origin, so any other URL is forged.
  if (origin === undefined || !URL.canParse(origin) || new URL(origin).origin !== origin) return false;
  const [own, given] = [new URL(publicUrl), new URL(origin)];
  if (given.origin === own.origin) return true;
  const isSafe = given.protocol === "https:" || (given.protocol === "http:" && own.protocol === "http:");
  return isSafe && given.host === host;
}

/**
 * Finds the session of a request.
 *
 * @param required whether to refuse a request without a valid token
 * @returns null for an anonymous request
 * @throws UnauthorizedError; ForbiddenError for a state-changing request by cookie from another site
 */
export async function authenticate(
  caller: Caller,
  req: IncomingMessage,
  { required, publicUrl }: { required: boolean; publicUrl: string },
): Promise<Session | null> {
  const credentials = credentialsOf(req);
  const session = credentials && (await findSession(caller, credentials.token));
  if (!session) {
    // An expired cookie must not hide a public page: the browser sends it unasked. A bearer token was sent on purpose.
    if (!required && credentials?.by !== "bearer") return null;
    throw new UnauthorizedError(
      credentials ? "The token is invalid or has expired" : "This request needs a token: log in first",
    );
  }
  const changes = req.method !== "GET" && req.method !== "HEAD";
  if (changes && credentials.by === "cookie" && !isOwnOrigin(req, publicUrl)) {
    throw new ForbiddenError(
      "A request with a cookie must come from this site, but its Origin is missing or names another site",
      "FOREIGN_ORIGIN",
    );
  }
  return session;
}

/** The Set-Cookie header that starts a session in a browser. */
export function sessionCookie(token: string, publicUrl: string): string {
  return setCookie(token, COOKIE_SECONDS, publicUrl);
}

/** The Set-Cookie header that ends a session in a browser. */
export function clearedCookie(publicUrl: string): string {
  return setCookie("", 0, publicUrl);
}

function setCookie(token: string, maxAgeSeconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure}`;
}
