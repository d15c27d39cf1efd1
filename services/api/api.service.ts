import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Service, ServiceSchema } from "moleculer";
import ApiGateway from "moleculer-web";
import type { Node } from "../node.ts";
import type { Reply } from "./endpoint.ts";
import { allEndpoints } from "./endpoints/index.ts";
import { createHandler } from "./handle.ts";
import { liveness, readiness } from "./health.ts";
import { describeApi } from "./openapi.ts";
import { problem, problemOf } from "./problems.ts";
import { send, sendProblem } from "./respond.ts";

/** What moleculer-web's mixin gives, which its types don't. */
interface Gateway extends Service {
  httpHandler: RequestListener;
  aliases: { match(path: string): unknown; method: string }[];
}

const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string }
).version;

/** The REST gateway: moleculer-web, with one lean route whose handlers are made from the endpoint table. */
export default function apiService(node: Node): ServiceSchema {
  const { config, http } = node;
  const endpoints = allEndpoints(node);
  const description = JSON.stringify(describeApi(endpoints, config.publicUrl, VERSION));

  const aliases: Record<string, unknown> = {};
  const page = (path: string, reply: (req: IncomingMessage) => Reply | Promise<Reply>) => {
    const handler = (req: IncomingMessage, res: ServerResponse) => void answer(req, res, reply);
    aliases[`GET ${path}`] = handler;
    aliases[`HEAD ${path}`] = handler;
  };
  for (const endpoint of endpoints) {
    const handler = createHandler(node, endpoint);
    aliases[`${endpoint.method} ${endpoint.path}`] = handler;
    if (endpoint.method === "GET") aliases[`HEAD ${endpoint.path}`] = handler;
  }
  page("/health/live", liveness);
  page("/health/ready", () => readiness(node));
  page("/openapi.json", () => ({
    status: 200,
    body: description,
    headers: { "Cache-Control": "public, max-age=300" },
  }));

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
        const path = (req.url ?? "/").split("?")[0]!;
        const methods = [
          ...new Set(
            (this as unknown as Gateway).aliases.filter((alias) => alias.match(path)).map((alias) => alias.method),
          ),
        ];
        if (methods.length > 0) {
          const allow = methods.sort().join(", ");
          return sendProblem(res, problem(405, "METHOD_NOT_ALLOWED", `This answers to ${allow}`), { Allow: allow });
        }
        sendProblem(res, problem(404, "NOT_FOUND", "There is nothing at this address"));
      },
    },
    started() {
      http?.on("request", (this as unknown as Gateway).httpHandler);
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
