import type { IncomingMessage } from "node:http";
import type { Session } from "../../contract/records.ts";
import { RefusedError } from "../../lib/errors.ts";
import type { ProblemCode } from "../../lib/problem-codes.ts";
import type { Node } from "../../seams/node.ts";
import { cookieToken, findSession, isOwnOrigin, type OwnSite } from "../gateway/auth.ts";
import { LIMITS, rateLimited } from "../gateway/limits.ts";
import { problem, problemOf } from "../gateway/problems.ts";
import type { Connections, LiveSocket } from "./connections.ts";
import { engineOf } from "./engine/connection.ts";
import type { Peer, Peers } from "./engine/peers.ts";

/** The parts of a node that count requests. */
export type LimitParts = Pick<Node, "limiter">;

/** Counts a new connection, or a request over one, under the same limit as reads over HTTP. @throws RefusedError 429 */
export async function limitLive({ limiter }: LimitParts, address: string, session: Session | null): Promise<void> {
  const state = await limiter.hit(LIMITS.read, session?.userId ?? address);
  if (!state.allowed) throw rateLimited(state);
}

/** Makes the socket.io middleware that decides about a connection before it is accepted. */
export function createAdmission(
  parts: LimitParts & Pick<Node, "broker" | "config" | "leases">,
  connections: Connections,
  peers: Peers,
) {
  const { broker, config, leases } = parts;
  const sessions = leases.copies<Session>("sessions");

  /** @returns null for a visitor without a login. @throws a connect error for an invalid token */
  async function authorize(socket: LiveSocket): Promise<Session | null> {
    const token = (socket.handshake.auth as { token?: unknown }).token;
    if (token !== undefined && token !== null) {
      const session = typeof token === "string" ? await findSession(broker, token, sessions) : null;
      if (!session) throw connectError("UNAUTHORIZED", 401, "The token is invalid or has expired");
      return session;
    }
    const fromCookie = cookieToken(socket.handshake.headers, config.publicUrl);
    if (!fromCookie || !isOwnPage(socket.request, config)) return null;
    return findSession(broker, fromCookie, sessions);
  }

  async function admit(socket: LiveSocket): Promise<void> {
    const { place } = claim(socket);
    const { address } = place;
    const session = await authorize(socket).catch(async (error: unknown) => {
      // Count a bad token by IP address; otherwise tokens could be guessed without limit.
      if (isConnectError(error)) await limitLive(parts, address, null);
      throw error;
    });
    await limitLive(parts, address, session);
    const prepared = session ? await connections.prepare(session) : null;
    place.join(session === null);
    Object.assign(socket.data, { address, session, prepared, watched: null });
  }

  /** A connection joins once. One that asks again meanwhile would get everything twice. @throws RefusedError */
  function claim(socket: LiveSocket): Peer {
    const peer = peers.get(engineOf(socket).id);
    if (!peer || peer.isClaimed) throw new RefusedError("The connection has joined already", 409, "JOINED_TWICE");
    peer.isClaimed = true;
    return peer;
  }

  return (socket: LiveSocket, next: (error?: Error) => void): void => {
    admit(socket).then(
      () => next(),
      (error: unknown) => {
        const found = problemOf(error);
        // After a refusal, socket.io's clients give up. After a lost connection, they try again.
        if (found.status === 503) socket.conn.close();
        // Always call `next`, even if the answer reaches nobody: until then socket.io keeps the socket in memory.
        next(isConnectError(error) ? error : connectError(found.code, found.status, found.detail));
      },
    );
  };
}

/**
 * Whether no header shows that another site's page made the request. Missing headers prove nothing: browsers send no
 * Origin with the GET that begins long polling to the page's own server, and programs send neither header.
 */
function isOwnPage(request: IncomingMessage, own: OwnSite): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  if (origin !== undefined) return isOwnOrigin(request, own);
  return site === undefined || site === "same-origin" || site === "none";
}

/** An error that socket.io hands to the client as `connect_error` with `data`. */
function connectError(code: ProblemCode, status: number, detail: string): Error {
  return Object.assign(new Error(detail), { data: problem(status, code, detail) });
}

function isConnectError(error: unknown): error is Error {
  return error instanceof Error && (error as { data?: { code?: unknown } }).data?.code === "UNAUTHORIZED";
}
