import type { IncomingMessage, ServerResponse } from "node:http";
import { InvalidError, RefusedError } from "../../lib/errors.ts";
import type { Caller, Session } from "../../contract/actions.ts";
import { drain } from "./uploads/receive.ts";
import type { Node } from "../../seams/node.ts";
import { wantsHtml } from "../gateway/accept.ts";
import { addressOf } from "../gateway/address.ts";
import { authenticate } from "../gateway/auth.ts";
import { bodyOf, type Endpoint, type Reply } from "./endpoint.ts";
import { LIMITS } from "../gateway/limits.ts";
import type { LimitState } from "../../seams/limits/rate-limiter.ts";
import { parseInput, problemOf } from "../gateway/problems.ts";
import { readJson, readQuery } from "../gateway/request.ts";
import type { Site } from "../pages/site.ts";
import { shellReply } from "./web/answers.ts";
import type { WebClient } from "./web/client.ts";
import { hasUnreadBody, limitHeaders, pageReply, problemPage, send, sendProblem } from "./respond.ts";

/** How much of a refused JSON body is read on, in bytes, and for how long, in milliseconds. */
const UNREAD_LIMIT = 2 ** 23;
const UNREAD_WITHIN = 1000;

/** A request as moleculer-web hands it over. */
export interface GatewayRequest extends IncomingMessage {
  $ctx: Caller;
  $params: { params?: Record<string, string> };
  originalUrl: string;
}

/** What an error may tell besides its problem. */
interface RefusalData {
  state?: LimitState;
  headers?: Record<string, string>;
}

/** What `authenticate` refuses a caller with, in contrast to not being able to tell. */
const REFUSALS = new Set([401, 403]);

/** Makes the route handler of an endpoint: authenticate, limit, validate, handle, answer. */
export function createHandler(node: Node, endpoint: Endpoint, site: Site, client: WebClient | null) {
  const { limiter, config, broker } = node;
  const { publicUrl, trustProxy } = config;
  const screen = endpoint.screen ? client : null;
  const bodySchema = bodyOf(endpoint);

  async function run(req: GatewayRequest, headers: Record<string, string>): Promise<Reply> {
    const caller = req.$ctx;
    const address = addressOf(req, trustProxy);
    const session = await identify(req).catch(async (error: unknown) => {
      // Who is refused is still nobody: counted by address, so that tokens can't be tried without end.
      if (REFUSALS.has(problemOf(error).status)) await count(address, headers);
      throw error;
    });
    await count(session?.userId ?? address, headers);
    const params = endpoint.params ? parseInput(endpoint.params, req.$params.params ?? {}) : {};
    const query = endpoint.query ? parseQuery(endpoint, req.originalUrl) : {};
    const body = bodySchema ? parseInput(bodySchema, await readJson(req)) : {};
    return endpoint.handle({ caller, req, session, params, query, body });
  }

  async function identify(req: GatewayRequest): Promise<Session | null> {
    const { auth } = endpoint;
    return auth === "none" ? null : authenticate(req.$ctx, req, { required: auth === "required", publicUrl });
  }

  /** Counts the request. @throws RefusedError 429 */
  async function count(key: string, headers: Record<string, string>): Promise<void> {
    if (endpoint.limit === "none") return;
    const state = await limiter.hit(LIMITS[endpoint.limit], key);
    Object.assign(headers, limitHeaders(state));
    if (!state.allowed) throw new RefusedError("Too many requests. Try again later.", 429, "RATE_LIMITED", { state });
  }

  return async (req: GatewayRequest, res: ServerResponse): Promise<void> => {
    const headers: Record<string, string> = endpoint.page || screen ? { Vary: "Accept" } : {};
    if (screen && wantsHtml(req)) return send(res, shellReply(screen));
    const asPage = endpoint.page !== undefined && wantsHtml(req);
    try {
      const reply = await run(req, headers);
      const answer = asPage ? pageReply(reply.status, endpoint.page!(reply.body, site)) : reply;
      send(res, { ...answer, headers: { ...headers, ...answer.headers } });
    } catch (error) {
      const found = problemOf(error);
      if (found.status === 500) broker.logger.error(`${req.method} ${endpoint.path} failed:`, error);
      Object.assign(headers, refusalHeaders(error, found.status, headers));
      // Read on for a while: who is still sending would find the connection closed before the answer. Then it ends.
      if (hasUnreadBody(req)) await (endpoint.form ? drain(req) : drain(req, UNREAD_LIMIT, UNREAD_WITHIN));
      if (hasUnreadBody(req)) headers["Connection"] = "close";
      if (asPage) send(res, problemPage(found, site, headers));
      else sendProblem(res, found, headers);
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

/**
 * The headers of a refusal: its error may carry some, and the state of a limit that counted as well. Of two limits the
 * one that ends first is told.
 */
function refusalHeaders(error: unknown, status: number, told: Record<string, string>): Record<string, string> {
  const { state, headers } = (error as { data?: RefusalData } | null)?.data ?? {};
  const isTighter = state && !(state.remaining > Number(told["RateLimit-Remaining"]));
  return {
    ...(isTighter && limitHeaders(state)),
    ...(status === 429 && { "Retry-After": `${Math.max(1, state?.reset ?? 1)}` }),
    ...headers,
  };
}
