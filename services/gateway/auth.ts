import type { IncomingMessage } from "node:http";
import { parse } from "cookie";
import { ForbiddenError, UnauthorizedError } from "../../lib/errors.ts";
import { type Session } from "../../contract/records.ts";
import { call, type Caller } from "../../contract/call.ts";

/** The cookie that carries a session's token. */
export const SESSION_COOKIE = "session";
const COOKIE_DAYS = 90;

/** How a request says who it is from. */
interface Credentials {
  token: string;
  by: "bearer" | "cookie";
}

function credentialsOf(req: IncomingMessage): Credentials | null {
  const { authorization, cookie } = req.headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw new UnauthorizedError("The Authorization header must be: Bearer TOKEN");
    return { token, by: "bearer" };
  }
  const token = cookie === undefined ? undefined : parse(cookie)[SESSION_COOKIE];
  return token ? { token, by: "cookie" } : null;
}

/**
 * Whether the request comes from a page of this site, as far as the browser says: of `publicUrl`, or of the host that
 * was asked. Where the site is https, an http page of the same host is another's: anybody on the way can write it.
 */
export function isOwnOrigin({ headers }: Pick<IncomingMessage, "headers">, publicUrl: string): boolean {
  const { origin, host } = headers;
  // What a browser sends is an origin and nothing else.
  if (origin === undefined || !URL.canParse(origin) || new URL(origin).origin !== origin) return false;
  const [own, given] = [new URL(publicUrl), new URL(origin)];
  if (given.origin === own.origin) return true;
  const isSafe = given.protocol === "https:" || (given.protocol === "http:" && own.protocol === "http:");
  return isSafe && given.host === host;
}

/**
 * Finds out who a request is from.
 *
 * @param required whether a request without a live token is refused
 * @throws UnauthorizedError; ForbiddenError for a state-changing request by cookie from another site
 */
export async function authenticate(
  caller: Caller,
  req: IncomingMessage,
  { required, publicUrl }: { required: boolean; publicUrl: string },
): Promise<Session | null> {
  const credentials = credentialsOf(req);
  const session = credentials && (await call(caller, "users.authenticate", { token: credentials.token }));
  if (!session) {
    // A cookie that has outlived its session is no reason to hide a public page; a token was meant.
    if (!required && credentials?.by !== "bearer") return null;
    throw new UnauthorizedError(credentials ? "The token is not valid (any more)" : "This needs a token: log in first");
  }
  const changes = req.method !== "GET" && req.method !== "HEAD";
  if (changes && credentials.by === "cookie" && !isOwnOrigin(req, publicUrl)) {
    throw new ForbiddenError(
      "A request with a cookie must come from this site: its Origin is missing or another",
      "FOREIGN_ORIGIN",
    );
  }
  return session;
}

/** The Set-Cookie header that starts a session in a browser. */
export function sessionCookie(token: string, publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${COOKIE_DAYS * 86_400}${secure}`;
}

/** The Set-Cookie header that ends it. */
export function clearedCookie(publicUrl: string): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0${secure}`;
}
