import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Service, ServiceSchema } from "moleculer";
import ApiGateway from "moleculer-web";
import { NotFoundError } from "../../lib/errors.ts";
import type { Node } from "../../seams/node.ts";
import { wantsHtml } from "../gateway/accept.ts";
import type { Reply } from "./endpoint.ts";
import { allEndpoints } from "./endpoints/index.ts";
import { docsAnswer, DOCS_CSP } from "./docs/docs.ts";
import { createHandler, type GatewayRequest } from "./handle.ts";
import { describeApi } from "./openapi.ts";
import { problem, problemOf } from "../gateway/problems.ts";
import { assetReply, pageReply, problemPage, send, sendProblem } from "./respond.ts";
import { SHARE_STYLESHEET } from "../pages/layout.ts";
import { renderLandingPage } from "../pages/pages.ts";
import type { Site } from "../pages/site.ts";
import { CLIENT_PATHS, fileReply, shellReply } from "./web/answers.ts";
import { readClient } from "./web/client.ts";

/** What moleculer-web's mixin gives, which its types don't. */
interface Gateway extends Service {
  httpHandler: RequestListener;
  corsHandler(settings: object, req: IncomingMessage, res: ServerResponse): boolean;
  aliases: { re: RegExp; method: string }[];
}

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string }
).version;

/** The page to read the description on, and what it loads. */
function docs(req: IncomingMessage): Reply {
  const found = docsAnswer((req as GatewayRequest).originalUrl.split("?")[0]!);
  if (!found) throw new NotFoundError("There is nothing at this address");
  return assetReply(found, DOCS_CSP);
}

/** The REST gateway: moleculer-web, with one lean route whose handlers are made from the endpoint table. */
export default function apiService(node: Node): ServiceSchema {
  const { config, http } = node;
  const client = readClient();
  const site: Site = { publicUrl: config.publicUrl, ...(client && { assets: client.assets }) };
  const endpoints = allEndpoints(node);
  const description = JSON.stringify(describeApi(endpoints, config.publicUrl, VERSION));

  const aliases: Record<string, unknown> = {};
  const page = (path: string, reply: (req: IncomingMessage) => Reply | Promise<Reply>) => {
    const handler = (req: IncomingMessage, res: ServerResponse) => void answer(req, res, reply);
    aliases[`GET ${path}`] = handler;
    aliases[`HEAD ${path}`] = handler;
  };
  for (const endpoint of endpoints) {
    const handler = createHandler(node, endpoint, site, client);
    aliases[`${endpoint.method} ${endpoint.path}`] = handler;
    if (endpoint.method === "GET") aliases[`HEAD ${endpoint.path}`] = handler;
  }
  page("/openapi.json", () => ({
    status: 200,
    body: description,
    headers: { "Cache-Control": "public, max-age=300" },
  }));
  if (client) {
    for (const path of CLIENT_PATHS) page(path, () => shellReply(client));
    for (const [path, file] of client.files) page(path, (req) => fileReply(req, file));
  } else {
    page("/", () => pageReply(200, renderLandingPage(site)));
  }
  page(SHARE_STYLESHEET.path, () => assetReply(SHARE_STYLESHEET));
  for (const path of ["/docs", "/docs/assets/:file"]) page(path, docs);

  return {
    name: "api",
    mixins: [ApiGateway],
    settings: {
      // The HTTP server is the node's: the live gateway shares it.
      server: false,
      cors: {
        origin: "*",
        methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allowedHeaders: ["Authorization", "Content-Type"],
        exposedHeaders: ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"],
        maxAge: 86_400,
      },
      logRequest: null,
      logResponse: null,
      logRouteRegistration: null,
      routes: [
        {
          path: "/",
          aliases,
          // A path that is no alias is refused: without this, moleculer-web would offer every action of every service.
          mappingPolicy: "restrict",
          mergeParams: false,
          bodyParsers: false,
          logging: false,
          etag: false,
        },
      ],
    } as object,
    methods: {
      errorHandler(req: IncomingMessage, res: ServerResponse, error: unknown) {
        const found = problemOf(error);
        if (found.status === 500) node.broker.logger.error(`${req.method} ${req.url} failed:`, error);
        sendProblem(res, found);
      },

      send404(req: IncomingMessage, res: ServerResponse) {
        const allow = methodsAt(this as unknown as Gateway, (req as GatewayRequest).originalUrl);
        if (allow !== null) {
          return sendProblem(res, problem(405, "METHOD_NOT_ALLOWED", `This answers to ${allow}`), { Allow: allow });
        }
        const found = problem(404, "NOT_FOUND", "There is nothing at this address");
        const headers = { Vary: "Accept" };
        if (wantsHtml(req)) send(res, problemPage(found, site, headers));
        else sendProblem(res, found, headers);
      },
    },
    // Before any service starts: socket.io then finds this listener, and answers for its own path in its place.
    created() {
      const gateway = this as unknown as Gateway;
      http.on("request", (req, res) => {
        if (!answerOptions(gateway, req, res)) gateway.httpHandler(req, res);
      });
    },
  };

  async function answer(
    req: IncomingMessage,
    res: ServerResponse,
    reply: (req: IncomingMessage) => Reply | Promise<Reply>,
  ): Promise<void> {
    try {
      send(res, await reply(req));
    } catch (error) {
      const found = problemOf(error);
      if (found.status === 500) node.broker.logger.error(`${req.method} ${req.url} failed:`, error);
      sendProblem(res, found);
    }
  }
}

/** The methods of an address, as the value of Allow; null where there is nothing. */
function methodsAt({ aliases }: Gateway, url: string): string | null {
  const path = url.split("?")[0]!;
  const methods = aliases.filter(({ re }) => re.test(path)).map(({ method }) => method);
  return methods.length === 0 ? null : [...new Set([...methods, "OPTIONS"])].sort().join(", ");
}

/** Answers a plain OPTIONS, for which moleculer-web would do what a GET does. @returns whether this was one */
function answerOptions(gateway: Gateway, req: IncomingMessage, res: ServerResponse): boolean {
  if (req.method !== "OPTIONS" || req.headers["access-control-request-method"]) return false;
  const allow = methodsAt(gateway, req.url!);
  if (allow === null) return false;
  gateway.corsHandler(gateway.settings, req, res);
  send(res, { status: 204, headers: { Allow: allow } });
  return true;
}
