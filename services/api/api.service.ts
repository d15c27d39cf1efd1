import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Service } from "moleculer";
import ApiGateway from "moleculer-web";
import { service } from "../../seams/node.ts";
import { wantsHtml } from "../gateway/accept.ts";
import { createInFlight, scaledLimit } from "../gateway/guard/in-flight.ts";
import { createPresenter } from "../gateway/present.ts";
import { problem, reportProblem } from "../gateway/problems.ts";
import { pathOf } from "../gateway/request.ts";
import { requestIdOf } from "../gateway/request-id.ts";
import { send, sendProblem } from "../gateway/send.ts";
import { hostPages } from "../pages/about.ts";
import { problemPage } from "../pages/replies.ts";
import type { Site } from "../pages/site.ts";
import { allEndpoints } from "./endpoints/index.ts";
import type { GatewayRequest } from "./handle.ts";
import { createDescriptions } from "./descriptions.ts";
import { createDirectRoutes } from "./direct-routes.ts";
import { createRoutes, unknownMethod } from "./routes.ts";
import { readClient } from "./web/client.ts";

/** The parts of moleculer-web's mixin that its types leave out. */
interface Gateway extends Service {
  httpHandler: RequestListener;
  corsHandler(settings: object, req: IncomingMessage, res: ServerResponse): boolean;
  aliases: { re: RegExp; keys: unknown[]; method: string; handler: unknown }[];
}

const PACKAGE = join(import.meta.dirname, "../../package.json");
const VERSION = (JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string }).version;

/** Requests of one user that are worked on at once: a dozen devices, each with the requests of a page. */
const IN_FLIGHT_PER_USER = 128;

/** The REST gateway: moleculer-web with a single route, whose handlers come from the table of endpoints. */
export default service((node) => {
  const { addresses, broker, config, http, leases, limiter } = node;
  const client = readClient();
  const site: Site = { publicUrl: config.publicUrl, ...(client && { assets: client.assets }) };
  const present = createPresenter(addresses);
  const endpoints = allEndpoints(node);
  const inFlight = createInFlight(scaledLimit(IN_FLIGHT_PER_USER, config.rateLimitScale));
  const parts = { broker, config, leases, limiter, inFlight, present, site, client };
  const aliases = createRoutes(parts, endpoints, {
    descriptions: createDescriptions(endpoints, config, VERSION),
    host: hostPages(config, site, VERSION),
  });
  const answersDirectly = createDirectRoutes(broker, aliases);

  return {
    name: "api",
    mixins: [ApiGateway],
    settings: {
      // The node owns the HTTP server, because the live gateway shares it.
      server: false,
      cors: {
        origin: "*",
        methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allowedHeaders: ["Authorization", "Content-Type"],
        exposedHeaders: ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"],
        maxAge: 86_400,
      },
      rootCallOptions: (options: { requestID?: string | undefined }, req: IncomingMessage) => {
        options.requestID = requestIdOf(req.headers);
      },
      logRequest: null,
      logResponse: null,
      logRouteRegistration: null,
      routes: [
        {
          path: "/",
          aliases,
          // Refuse paths without an alias: otherwise moleculer-web would offer every action of every service.
          mappingPolicy: "restrict",
          mergeParams: false,
          bodyParsers: false,
          logging: false,
          etag: false,
        },
      ],
    } as object,
    methods: {
      // Handlers read the query by themselves. Here, reading one could take milliseconds, before a limit counts the request.
      parseQueryString: ({ url }: IncomingMessage) => ({ query: {}, url: pathOf(url!) }),

      errorHandler(req: IncomingMessage, res: ServerResponse, error: unknown) {
        sendProblem(res, reportProblem(broker.logger, `${req.method} ${req.url}`, error));
      },

      send404(req: IncomingMessage, res: ServerResponse) {
        const allow = methodsAt(this as unknown as Gateway, (req as GatewayRequest).originalUrl);
        if (allow !== null) {
          return sendProblem(res, problem(405, "METHOD_NOT_ALLOWED", `This address answers only ${allow}`), {
            Allow: allow,
          });
        }
        const found = problem(404, "NOT_FOUND", "There is nothing at this address");
        const headers = { Vary: "Accept" };
        if (wantsHtml(req)) send(res, problemPage(found, site, headers));
        else sendProblem(res, found, headers);
      },
    },
    // Must be registered before services start: socket.io wraps existing listeners and takes over its own path.
    created() {
      const gateway = this as unknown as Gateway;
      http.on("request", (req, res) => {
        if (!answersDirectly(req, res) && !answerOptions(gateway, req, res)) gateway.httpHandler(req, res);
      });
    },
  };
});

/** The value of the Allow header for a URL; null if no route matches the URL. */
function methodsAt({ aliases }: Gateway, url: string): string | null {
  const path = pathOf(url);
  const found = aliases.filter(({ re }) => re.test(path));
  // An address without parameters hides one with, like `/user/password` the profiles.
  const exact = found.filter(({ keys }) => keys.length === 0);
  const answering = (exact.length > 0 ? exact : found).filter(({ handler }) => handler !== unknownMethod);
  const methods = answering.map(({ method }) => method);
  return methods.length === 0 ? null : [...new Set([...methods, "OPTIONS"])].sort().join(", ");
}

/**
 * Answers an OPTIONS request that is not a CORS preflight, because moleculer-web would run the GET for it.
 *
 * @returns false if the request is left to moleculer-web
 */
function answerOptions(gateway: Gateway, req: IncomingMessage, res: ServerResponse): boolean {
  if (req.method !== "OPTIONS" || req.headers["access-control-request-method"]) return false;
  const allow = methodsAt(gateway, req.url!);
  if (allow === null) return false;
  gateway.corsHandler(gateway.settings, req, res);
  send(res, { status: 204, headers: { Allow: allow } });
  return true;
}
