import type { ServerResponse } from "node:http";
import { NotFoundError } from "../../lib/errors.ts";
import { answerStatic, compressReply, type StaticReply } from "../gateway/compressed.ts";
import { reportProblem } from "../gateway/problems.ts";
import type { Reply } from "../gateway/reply.ts";
import { pathOf } from "../gateway/request.ts";
import { send, sendProblem } from "../gateway/send.ts";
import { SHARE_STYLESHEET } from "../pages/layout.ts";
import { renderLandingPage } from "../pages/pages.ts";
import { pageReply } from "../pages/replies.ts";
import type { Descriptions } from "./descriptions.ts";
import type { Endpoint } from "./endpoint.ts";
import { createHandler, type GatewayRequest, type HandlerParts, refusalHeaders } from "./handle.ts";
import { countPage } from "./page-limit.ts";
import { CLIENT_PATHS, createShell } from "./web/replies.ts";

export type Route = (req: GatewayRequest, res: ServerResponse) => unknown;

/**
 * Makes the aliases for moleculer-web, such as `GET /tweet/:id` with its handler. HEAD has the same handler as GET.
 *
 * @param pages the API's own descriptions, and the pages that say whose server this is
 */
export function createRoutes(
  parts: HandlerParts,
  endpoints: readonly Endpoint[],
  pages: { descriptions: Descriptions; host: ReadonlyMap<string, string> },
) {
  const { descriptions } = pages;
  const { broker, site, client } = parts;
  const routes: Record<string, Route> = {};

  function add(method: string, path: string, route: Route): void {
    routes[`${method} ${path}`] = route;
    if (method === "GET") routes[`HEAD ${path}`] = route;
  }

  /** Adds a page or a file: a GET that calls no service. */
  function page(path: string, answer: (req: GatewayRequest) => Reply | Promise<Reply>): void {
    add("GET", path, async (req, res) => {
      try {
        const headers = await countPage(parts, req);
        const reply = await answer(req);
        send(res, { ...reply, headers: { ...headers, ...reply.headers } });
      } catch (error) {
        const found = reportProblem(broker.logger, `${req.method} ${req.url}`, error);
        sendProblem(res, found, refusalHeaders(error, found.status, {}));
      }
    });
  }

  for (const endpoint of endpoints) {
    add(endpoint.method, endpoint.path, createHandler(parts, endpoint));
  }
  for (const { path } of endpoints) {
    for (const other of endpoints) {
      if (hides(path, other.path) && !routes[`${other.method} ${path}`]) add(other.method, path, unknownMethod);
    }
  }
  page("/openapi.json", async (req) => answerStatic(req, await descriptions.openapi()));
  page("/asyncapi.json", async (req) => answerStatic(req, await descriptions.asyncapi()));
  if (client) {
    const shell = createShell(parts, client);
    for (const path of CLIENT_PATHS) page(path, shell);
    for (const [path, file] of client.files) page(path, (req) => answerStatic(req, file));
  } else {
    page("/", () => pageReply(200, renderLandingPage(site)));
  }
  let stylesheet: Promise<StaticReply> | undefined;
  page(SHARE_STYLESHEET.path, async (req) =>
    answerStatic(req, await (stylesheet ??= compressReply(SHARE_STYLESHEET.reply))),
  );
  for (const [path, body] of pages.host) page(path, () => pageReply(200, body));
  for (const path of ["/docs", "/docs/assets/:file"]) {
    page(path, async (req) => {
      const found = (await descriptions.docs()).get(pathOf(req.originalUrl));
      if (!found) throw new NotFoundError("There is nothing at this address");
      return answerStatic(req, found);
    });
  }
  return routes;
}

/** Whether a path without parameters, such as `/user/password`, is at the place of one with, such as `/user/:username`. */
function hides(path: string, pattern: string): boolean {
  const [parts, wanted] = [path.split("/"), pattern.split("/")];
  if (path.includes(":") || !pattern.includes(":") || parts.length !== wanted.length) return false;
  return wanted.every((part, n) => part.startsWith(":") || part === parts[n]);
}

/** Refuses a method that only the address with a parameter has: nobody's profile is at `GET /user/password`. */
export function unknownMethod(this: { send404: Route }, req: GatewayRequest, res: ServerResponse): void {
  this.send404(req, res);
}
