import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Problem } from "../../../contract/shapes.ts";
import { RefusedError } from "../../../lib/errors.ts";
import { ServerResponse } from "../../../lib/http.ts";
import type { ProblemCode } from "../../../lib/problem-codes.ts";
import type { LimitSpec, LimitState } from "../../../seams/limits/rate-limiter.ts";
import type { Node } from "../../../seams/node.ts";
import { addressOf } from "../../gateway/address.ts";
import { LIMITS, rateLimited } from "../../gateway/limits.ts";
import { problem, reportProblem } from "../../gateway/problems.ts";
import { lastAnswer, limitHeaders, problemHeaders, sendProblem } from "../../gateway/send.ts";
import type { Peer, Peers } from "./peers.ts";
import type { Places } from "./places.ts";

/** A request for the engine, which has parsed its query. */
export type EngineRequest = IncomingMessage & { _query: Record<string, string> };

/** The engine's stand-in for the answer to a request for a websocket. Its headers become those of the upgrade. */
type UpgradeResponse = Pick<ServerResponse, "setHeader">;

/** A poll waits this long until its client has read the answer to the one before. */
const POLL_WAIT_MS = 10_000;

/** The data of a refusal: headers of the answer. */
interface Refusal {
  headers: Record<string, string>;
}

/** Makes the engine's middleware that decides about every request before the engine keeps anything for it. */
export function createDoor(
  { limiter, config, broker }: Pick<Node, "limiter" | "config" | "broker">,
  places: Places,
  peers: Peers,
) {
  async function decide(request: EngineRequest, response: ServerResponse | UpgradeResponse): Promise<void> {
    const address = addressOf(request, config.trustProxy);
    const { sid } = request._query;
    const count = async (limit: LimitSpec) => {
      const state = await limiter.hit(limit, address);
      for (const [name, value] of Object.entries(limitHeaders(state))) response.setHeader(name, value);
      if (!state.allowed) throw tooMany(state);
    };
    if (sid === undefined) {
      await count(LIMITS.handshake);
      if (request.socket.destroyed) return;
      peers.expect(request, places.reserve(address), response instanceof ServerResponse ? response : request.socket);
      return;
    }
    await count(LIMITS.poll);
    const peer = peers.get(sid);
    if (!peer) return;
    if (!(response instanceof ServerResponse)) refuseSecondUpgrade(peer);
    else if (request.method === "GET") await takeTurn(peer, response);
  }

  return (request: EngineRequest, response: ServerResponse | UpgradeResponse, next: () => void): void => {
    // Node.js and the engine leave the socket of an upgrade without a listener until the upgrade is done.
    if (!(response instanceof ServerResponse)) request.socket.on("error", ignore);
    decide(request, response).then(next, (error: unknown) => {
      const found =
        error instanceof RefusedError
          ? problem(error.code, error.type as ProblemCode, error.message)
          : reportProblem(broker.logger, "A request for a live connection", error);
      const headers = error instanceof RefusedError ? (error.data as Refusal | undefined)?.headers : undefined;
      if (response instanceof ServerResponse) refuse(request, response, found, headers);
      else refuseUpgrade(request, found, headers);
    });
  };
}

/** Lets a client have one poll at a time, and the next one only when it has read the answer to the last. */
async function takeTurn(peer: Peer, response: ServerResponse): Promise<void> {
  const last = peer.poll;
  // If the last poll has no answer yet, the engine sees that two overlap, and closes the connection.
  if (last?.headersSent && !last.writableFinished && !last.destroyed) {
    if (peer.isPollWaiting) throw new RefusedError("Only one poll at a time", 429, "TOO_MANY_POLLS");
    peer.isPollWaiting = true;
    await once(last, "close", { signal: AbortSignal.timeout(POLL_WAIT_MS) }).catch(() => undefined);
    peer.isPollWaiting = false;
    if (!last.writableFinished && !last.destroyed)
      throw new RefusedError("The answer to the last poll was not read", 429, "UNREAD_POLL");
  }
  peer.poll = response;
  response.once("close", () => peer.recheck?.());
}

/** The engine would leave a second websocket of a connection open for a while. */
function refuseSecondUpgrade({ connection }: Peer): void {
  if (connection.upgrading || connection.upgraded || connection.transport.name === "websocket") {
    throw new RefusedError("The connection has a websocket already", 409, "SECOND_UPGRADE");
  }
}

function tooMany(state: LimitState): RefusedError {
  const headers = { ...limitHeaders(state), "Retry-After": `${Math.max(1, state.reset)}` };
  return rateLimited(state, headers);
}

/** Not a closure, which would keep the request in memory for as long as its socket. */
function ignore(): void {}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  found: Problem,
  headers?: Record<string, string>,
): void {
  // Nobody reads the rest of the body.
  if (!request.complete) response.setHeader("Connection", "close");
  sendProblem(response, found, headers);
}

/** Answers a request for a websocket, and closes the connection whether the client reads the answer or not. */
function refuseUpgrade({ socket }: IncomingMessage, found: Problem, headers: Record<string, string> = {}): void {
  const type = { "Content-Type": "application/problem+json; charset=utf-8" };
  const all = { ...type, ...problemHeaders(found), ...headers };
  socket.write(lastAnswer(found.status, all, JSON.stringify(found)));
  (socket as typeof socket & { destroySoon(): void }).destroySoon();
}
