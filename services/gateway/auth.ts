import { hash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { parse } from "cookie";
import type { Config } from "../../config/config.ts";
import { ForbiddenError, UnauthorizedError } from "../../lib/errors.ts";
import { type Session } from "../../contract/records.ts";
import type { Copies } from "../../seams/leases/copies.ts";
import { call, type Caller } from "../../contract/call.ts";

/** The settings that say which site this is. */
export type OwnSite = Pick<Config, "publicUrl" | "trustsHost">;

const SESSION_COOKIE = "session";
/**
 * The name on an https site. Browsers take a cookie with this prefix only over https and from exactly this host, so
 * neither a sibling subdomain nor an http page can plant one.
 */
const HOST_SESSION_COOKIE = "__Host-session";
const COOKIE_SECONDS = 90 * 86_400;

/** The token of a request, and the header that carried it. */
interface Credentials {
  token: string;
  by: "bearer" | "cookie";
}

function credentialsOf(req: IncomingMessage, publicUrl: string): Credentials | null {
  const { authorization } = req.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw new UnauthorizedError("The Authorization header must be: Bearer TOKEN");
    return { token, by: "bearer" };
  }
  const token = cookieToken(req.headers, publicUrl);
  return token ? { token, by: "cookie" } : null;
}

/** The name of the cookie that carries a session's token. */
export function sessionCookieName(publicUrl: string): string {
  return isHttps(publicUrl) ? HOST_SESSION_COOKIE : SESSION_COOKIE;
}

/** The token in the session cookie, if there is one. */
export function cookieToken({ cookie }: IncomingHttpHeaders, publicUrl: string): string | undefined {
  if (cookie === undefined) return undefined;
  const cookies = parse(cookie);
  // The plain name too, for browsers that logged in before https sites had a name of their own. Such a cookie never
  // replaces one with the prefix.
  return cookies[sessionCookieName(publicUrl)] ?? cookies[SESSION_COOKIE];
}

/** A new token: 256 random bits. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The only form of a token that leaves the gateway. The token is random enough for a fast hash. */
export function hashToken(token: string): string {
  return hash("sha256", token, "base64url");
}

/** The session of a token; null when the token is unknown or has expired. @param copies those that this gateway has */
export async function findSession(caller: Caller, token: string, copies: Copies<Session>): Promise<Session | null> {
  const sessionId = hashToken(token);
  const copy = copies.get(sessionId);
  if (copy) return copy;
  const askedAt = performance.now();
  const session = await call(caller, "users.authenticate", { sessionId });
  if (session) copies.keep(sessionId, session, askedAt);
  return session;
}

/**
 * Whether the Origin header says that the request comes from a page of this site: of `publicUrl`, or, if the operator
 * has set none, of the request's own host. Browsers alone are bound to a true Host, so it is not trusted without need.
 */
export function isOwnOrigin(
  { headers }: Pick<IncomingMessage, "headers">,
  { publicUrl, trustsHost }: OwnSite,
): boolean {
  const { origin, host } = headers;
  // Browsers send a bare origin, so any other URL is forged.
  if (origin === undefined || !URL.canParse(origin) || new URL(origin).origin !== origin) return false;
  if (origin === publicUrl) return true;
  const { protocol, host: named } = new URL(origin);
  return trustsHost && (protocol === "https:" || protocol === "http:") && named === host;
}

/**
 * Finds the session of a request.
 *
 * @param required whether to refuse a request without a valid token
 * @param sessions the copies that this gateway has
 * @returns null for an anonymous request
 * @throws UnauthorizedError; ForbiddenError for a state-changing request by cookie from another site
 */
export async function authenticate(
  caller: Caller,
  req: IncomingMessage,
  { required, site, sessions }: { required: boolean; site: OwnSite; sessions: Copies<Session> },
): Promise<Session | null> {
  const credentials = credentialsOf(req, site.publicUrl);
  const session = credentials && (await findSession(caller, credentials.token, sessions));
  if (!session) {
    // An expired cookie must not hide a public page: the browser sends it unasked. A bearer token was sent on purpose.
    if (!required && credentials?.by !== "bearer") return null;
    throw new UnauthorizedError(
      credentials ? "The token is invalid or has expired" : "This request needs a token: log in first",
    );
  }
  const changes = req.method !== "GET" && req.method !== "HEAD";
  if (changes && credentials.by === "cookie" && !isOwnOrigin(req, site)) {
    throw new ForbiddenError(
      "A request with a cookie must come from this site, but its Origin is missing or names another site",
      "FOREIGN_ORIGIN",
    );
  }
  return session;
}

/** The Set-Cookie headers that start a session in a browser. */
export function sessionCookies(token: string, publicUrl: string): string[] {
  return setCookies(token, COOKIE_SECONDS, publicUrl);
}

/** The Set-Cookie headers that end a session in a browser. */
export function clearedCookies(publicUrl: string): string[] {
  return setCookies("", 0, publicUrl);
}

function setCookies(token: string, maxAgeSeconds: number, publicUrl: string): string[] {
  const plain = (value: string, seconds: number) =>
    `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;
  if (!isHttps(publicUrl)) return [plain(token, maxAgeSeconds)];
  const prefixed = `${HOST_SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}; Secure`;
  // The plain one of an earlier version must not outlive this session.
  return [prefixed, `${plain("", 0)}; Secure`];
}

function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}
