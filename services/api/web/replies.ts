import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { call, type Caller } from "../../../contract/call.ts";
import type { Session } from "../../../contract/records.ts";
import { messageOf } from "../../../lib/errors.ts";
import type { Node } from "../../../seams/node.ts";
import { authenticate, cookieToken } from "../../gateway/auth.ts";
import type { InFlight } from "../../gateway/guard/in-flight.ts";
import { Json, listJson } from "../../gateway/json.ts";
import { LIMITS } from "../../gateway/limits.ts";
import { nextPage, type Presenter } from "../../gateway/present.ts";
import { pathOf } from "../../gateway/request.ts";
import type { Reply } from "../../gateway/reply.ts";
import { pageReply } from "../../pages/replies.ts";
import type { WebClient } from "./client.ts";

/** The paths of screens at which the API has no endpoint. */
export const CLIENT_PATHS = ["/", "/login", "/signup", "/settings", "/notifications/mentions"] as const;

/** The tweets of the feed's first page in the client: `web/src/store/home.ts` asks for as many. */
const FEED_LIMIT = 30;
/** A page comes without answers rather than later than this: the client then asks for them itself. */
const ANSWERS_LIMIT_MS = 1000;

/** Answers of the API, by path. */
type Answers = Readonly<Record<string, { readonly tag?: string; readonly body: Json }>>;

/** A request of moleculer-web. */
interface ScreenRequest extends IncomingMessage {
  $ctx: Caller;
  originalUrl: string;
}

interface Parts extends Pick<Node, "broker" | "config" | "leases" | "limiter"> {
  inFlight: InFlight;
  present: Presenter;
}

/**
 * Makes the replies with the page that loads the client. To somebody with a session it brings the answers to the client's
 * first requests, which would otherwise wait for the page and for the code. No cache may keep such a page.
 */
export function createShell(parts: Parts, client: WebClient) {
  const { config, limiter, leases, inFlight, present, broker } = parts;
  const sessions = leases.copies<Session>("sessions");
  const plain = pageReply(200, client.shell, { Vary: "Accept, Cookie" });

  async function answersFor(caller: Caller, session: Session, path: string): Promise<Answers> {
    const { userId } = session;
    const [user, feed] = await Promise.all([
      call(caller, "users.view", { id: userId, viewerId: userId }),
      path === "/" ? call(caller, "timeline.home", { userId, limit: FEED_LIMIT }) : null,
    ]);
    const answers: Record<string, Answers[string]> = {
      "/auth/session": { body: new Json(JSON.stringify({ user: present.profile(user) }), "") },
    };
    if (feed) {
      const next = nextPage("/feed", { limit: FEED_LIMIT }, feed.next);
      const body = listJson("tweets", feed.items.map(present.tweet), { next });
      answers[`/feed?limit=${FEED_LIMIT}`] = { body, tag: `W/${body.tag}` };
    }
    return answers;
  }

  /** @returns null for a visitor, and for a user who has asked too often */
  async function findAnswers(req: ScreenRequest): Promise<Answers | null> {
    const session = await authenticate(req.$ctx, req, { required: false, site: config, sessions });
    if (!session) return null;
    const { allowed } = await limiter.hit(LIMITS.read, session.userId);
    if (!allowed || !inFlight.enter(session.userId)) return null;
    try {
      return await answersFor(req.$ctx, session, pathOf(req.originalUrl));
    } finally {
      inFlight.leave(session.userId);
    }
  }

  return async (req: ScreenRequest): Promise<Reply> => {
    if (cookieToken(req.headers, config.publicUrl) === undefined) return plain;
    const ended = new AbortController();
    const late = pause(ANSWERS_LIMIT_MS, null, { ref: false, signal: ended.signal }).catch(() => null);
    const found = findAnswers(req).catch((error: unknown) => {
      broker.logger.debug("A page comes without answers:", messageOf(error));
      return null;
    });
    const answers = await Promise.race([found, late]);
    ended.abort();
    if (!answers) return plain;
    const page = client.shell.replace("</body>", () => `${scriptOf(answers)}</body>`);
    return pageReply(200, page, { Vary: "Accept, Cookie", "Cache-Control": "private, no-store" });
  };
}

/**
 * The answers as a block of data, which no browser runs and which the policy of the page therefore allows. Without `<`, no
 * text in it can end the block or begin another one.
 */
function scriptOf(answers: Answers): string {
  const entries = Object.entries(answers).map(([path, { tag, body }]) => {
    const tagPart = tag === undefined ? "" : `"tag":${JSON.stringify(tag)},`;
    return `${JSON.stringify(path)}:{${tagPart}"body":${body.text}}`;
  });
  return `<script type="application/json" id="answers">{${entries.join(",").replaceAll("<", "\\u003c")}}</script>`;
}
