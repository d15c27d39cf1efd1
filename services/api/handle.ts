import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../../contract/call.ts";
import type { Session } from "../../contract/records.ts";
import { RefusedError } from "../../lib/errors.ts";
import type { LimitState } from "../../seams/limits/rate-limiter.ts";
import type { Node } from "../../seams/node.ts";
import { wantsHtml } from "../gateway/accept.ts";
import { addressOf } from "../gateway/address.ts";
import { authenticate } from "../gateway/auth.ts";
import type { InFlight } from "../gateway/guard/in-flight.ts";
import { LIMITS, rateLimited } from "../gateway/limits.ts";
import type { Presenter } from "../gateway/present.ts";
import { problemOf, reportProblem } from "../gateway/problems.ts";
import { drain, hasUnreadBody, parseInput, readJson } from "../gateway/request.ts";
import type { Reply } from "../gateway/reply.ts";
import { limitHeaders, send, sendProblem } from "../gateway/send.ts";
import { pageReply, problemPage } from "../pages/replies.ts";
import type { Site } from "../pages/site.ts";
import { bodyOf, type Endpoint } from "./endpoint.ts";
import { countPage } from "./page-limit.ts";
import { createQueryReader } from "./query.ts";
import { createShell } from "./web/replies.ts";
import type { WebClient } from "./web/client.ts";

/** After a refusal, the rest of the body is read within these limits. Uploads get more, because they are larger. */
const UNREAD_JSON_LIMITS = { bytes: 2 ** 23, withinMs: 1000 };
const UNREAD_FORM_LIMITS = { bytes: 200 * 2 ** 20, withinMs: 10_000 };

/** A request of moleculer-web. */
export interface GatewayRequest extends IncomingMessage {
  $ctx: Caller;
  $params: { params?: Record<string, string> };
  originalUrl: string;
}

/** The parts that all handlers share. */
export interface HandlerParts extends Pick<Node, "limiter" | "config" | "broker" | "leases"> {
  /** Counts the requests of each user that are being worked on. */
  inFlight: InFlight;
  present: Presenter;
  site: Site;
  /** The built web client; null if it has not been built. */
  client: WebClient | null;
}

/** The data of an error that adds headers to the reply. */
interface RefusalData {
  state?: LimitState;
  headers?: Record<string, string>;
}

/** The statuses with which `authenticate` refuses a caller. With any other, the check of the token failed. */
const REFUSALS = new Set([401, 403]);

/** Makes the route handler of an endpoint: authenticate, limit, validate, handle, answer. */
export function createHandler(parts: HandlerParts, endpoint: Endpoint) {
  const { limiter, config, broker, leases, inFlight, present, site, client } = parts;
  const { trustProxy } = config;
  const shell = endpoint.screen && client ? createShell(parts, client) : null;
  const bodySchema = bodyOf(endpoint);
  const queryOf = endpoint.query && createQueryReader(endpoint.query);
  const sessions = leases.copies<Session>("sessions");

  async function run(req: GatewayRequest, headers: Record<string, string>): Promise<Reply> {
    const session = await identify(req).catch(async (error: unknown) => {
      // A caller with a bad token is anonymous, so count the attempt by IP address; otherwise tokens could be guessed
      // without limit.
      if (REFUSALS.has(problemOf(error).status)) await count(addressOf(req, trustProxy), headers);
      throw error;
    });
    await count(session?.userId ?? addressOf(req, trustProxy), headers);
    if (!session) return work(req, null);
    if (!inFlight.enter(session.userId)) {
      throw new RefusedError("Too many requests at once. Wait for some to finish.", 429, "TOO_MANY_AT_ONCE");
    }
    try {
      return await work(req, session);
    } finally {
      inFlight.leave(session.userId);
    }
  }

  async function work(req: GatewayRequest, session: Session | null): Promise<Reply> {
    const caller = req.$ctx;
    const params = endpoint.params ? parseInput(endpoint.params, req.$params.params ?? {}) : {};
    const query = queryOf?.(req.originalUrl) ?? {};
    const body = bodySchema ? parseInput(bodySchema, await readJson(req)) : {};
    return endpoint.handle({ caller, req, session, params, query, body, present });
  }

  async function identify(req: GatewayRequest): Promise<Session | null> {
    const { auth } = endpoint;
    return auth === "none"
      ? null
      : authenticate(req.$ctx, req, { required: auth === "required", site: config, sessions });
  }

  /** Counts the request against the endpoint's limit. @throws RefusedError 429 */
  async function count(key: string, headers: Record<string, string>): Promise<void> {
    if (endpoint.limit === "none") return;
    const state = await limiter.hit(LIMITS[endpoint.limit], key);
    Object.assign(headers, limitHeaders(state));
    if (!state.allowed) throw rateLimited(state);
  }

  async function drainBody(req: IncomingMessage): Promise<void> {
    const { bytes, withinMs } = endpoint.form ? UNREAD_FORM_LIMITS : UNREAD_JSON_LIMITS;
    if (hasUnreadBody(req)) await drain(req, bytes, withinMs);
  }

  return async (req: GatewayRequest, res: ServerResponse): Promise<void> => {
    const headers: Record<string, string> = endpoint.page || shell ? { Vary: "Accept" } : {};
    const asScreen = shell !== null && wantsHtml(req);
    const asPage = endpoint.page !== undefined && wantsHtml(req);
    try {
      if (asScreen) {
        Object.assign(headers, await countPage(parts, req));
        const page = await shell(req);
        return send(res, { ...page, headers: { ...headers, ...page.headers } });
      }
      const reply = await run(req, headers);
      const answer = asPage ? pageReply(reply.status, endpoint.page!(reply.body, site)) : reply;
      send(res, { ...answer, headers: { ...headers, ...answer.headers } });
    } catch (error) {
      const found = reportProblem(broker.logger, `${req.method} ${endpoint.path}`, error);
      Object.assign(headers, refusalHeaders(error, found.status, headers));
      // Keep reading the rest of the body for a moment: a client still uploading would otherwise see a reset instead of
      // our answer.
      await drainBody(req);
      if (hasUnreadBody(req)) headers["Connection"] = "close";
      if (asPage || asScreen) send(res, problemPage(found, site, headers));
      else sendProblem(res, found, headers);
    }
  };
}

/**
 * The headers of a refusal. The error may carry headers, and the state of a second limit that counted the request. The
 * client learns the state of the tighter limit.
 */
export function refusalHeaders(error: unknown, status: number, sent: Record<string, string>): Record<string, string> {
  const { state, headers } = (error as { data?: RefusalData } | null)?.data ?? {};
  const isTighter = state && !(state.remaining > Number(sent["RateLimit-Remaining"]));
  return {
    ...(isTighter && limitHeaders(state)),
    ...(status === 429 && { "Retry-After": `${Math.max(1, state?.reset ?? 1)}` }),
    ...headers,
  };
}
