import type { IncomingMessage, ServerResponse } from "node:http";
import { InvalidError } from "../../lib/errors.ts";
import type { Caller, Session } from "../../types/actions.ts";
import type { Node } from "../node.ts";
import { authenticate } from "./auth.ts";
import type { Endpoint, Reply } from "./endpoint.ts";
import { LIMITS } from "./limits/limits.ts";
import type { LimitState } from "./limits/rate-limiter.ts";
import { parseInput, problem, problemOf } from "./problems.ts";
import { addressOf, readJson, readQuery } from "./request.ts";
import { hasUnreadBody, limitHeaders, send, sendProblem } from "./respond.ts";

/** A request as moleculer-web hands it over. */
export interface GatewayRequest extends IncomingMessage {
  $ctx: Caller;
  $params: { params?: Record<string, string> };
  originalUrl: string;
}

/** Makes the route handler of an endpoint: authenticate, limit, validate, handle, answer. */
export function createHandler(node: Node, endpoint: Endpoint) {
  const { limiter, config, broker } = node;
  const { publicUrl, trustProxy } = config;

  async function run(req: GatewayRequest, headers: Record<string, string>): Promise<Reply> {
    const { auth, limit } = endpoint;
    const caller = req.$ctx;
    const address = addressOf(req, trustProxy);
    const session: Session | null =
      auth === "none" ? null : await authenticate(caller, req, { required: auth === "required", publicUrl });
    if (limit !== "none") {
      const state = await limiter.hit(LIMITS[limit], session?.userId ?? address);
      Object.assign(headers, limitHeaders(state));
      if (!state.allowed) return refusal(state);
    }
    const params = endpoint.params ? parseInput(endpoint.params, req.$params.params ?? {}) : {};
    const query = endpoint.query ? parseQuery(endpoint, req.originalUrl) : {};
    // An endpoint without a body reads none; one that has a body always reads a JSON object.
    const body = endpoint.body ? parseInput(endpoint.body, await readJson(req)) : {};
    return endpoint.handle({ caller, req, session: session, address, params, query, body });
  }

  return async (req: GatewayRequest, res: ServerResponse): Promise<void> => {
    const headers: Record<string, string> = {};
    try {
      const reply = await run(req, headers);
      send(res, { ...reply, headers: { ...headers, ...reply.headers } });
    } catch (error) {
      const found = problemOf(error);
      if (found.status === 500) broker.logger.error(`${req.method} ${endpoint.path} failed:`, error);
      if (found.status === 429) Object.assign(headers, retryHeaders(error));
      // The rest of a refused body is not worth reading: the connection ends with the answer.
      if (hasUnreadBody(req)) headers["Connection"] = "close";
      sendProblem(res, found, headers);
    }
  };
}

function parseQuery(endpoint: Endpoint, url: string): unknown {
  const query = readQuery(url);
  const repeated = Object.keys(query).filter((name) => Array.isArray(query[name]) && knows(endpoint, name));
  if (repeated.length > 0) throw new InvalidError(repeated.map((field) => ({ field, message: "must be given once" })));
  return parseInput(endpoint.query!, query);
}

function knows(endpoint: Endpoint, name: string): boolean {
  const shape = (endpoint.query as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape !== undefined && Object.hasOwn(shape, name);
}

function refusal(state: LimitState): Reply {
  return {
    status: 429,
    body: problem(429, "RATE_LIMITED", "Too many requests. Try again later."),
    headers: {
      "Content-Type": "application/problem+json; charset=utf-8",
      "Retry-After": `${Math.max(1, state.reset)}`,
    },
  };
}

/** The headers of a refusal that an endpoint made itself: its error carries the limit's state. */
function retryHeaders(error: unknown): Record<string, string> {
  const state = (error as { data?: { state?: LimitState } }).data?.state;
  return state ? { ...limitHeaders(state), "Retry-After": `${Math.max(1, state.reset)}` } : { "Retry-After": "1" };
}
