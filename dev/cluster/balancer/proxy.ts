// A small load balancer, which balancer.ts runs as a process: `node proxy.ts PORT NAME=PORT…`. Sends requests round robin
// to the gateways that are ready, and each request of long polling to the gateway that its session id names.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ProxyServer } from "http-proxy-3";
import { problem } from "../../../services/gateway/problems.ts";
import { refuseMalformed, sendProblem } from "../../../services/gateway/send.ts";
import { createGateways, type Gateway, watch } from "./gateway.ts";

const [port, ...named] = process.argv.slice(2);
const gateways = createGateways(
  new Map(named.map((each) => each.split("=") as [string, string]).map(([name, at]) => [name, Number(at)])),
);
const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
// The path is passed on unchanged, because refusing a malformed path is the gateway's job.
const proxy = new ProxyServer({ xfwd: true, toProxy: true, prependPath: false });
// Ignores clients that went away. Failures on the way to a gateway reach the callbacks.
proxy.on("error", () => undefined);
// Close the client's side too: a client that keeps sending after the gateway hung up would hold it open for 30 s.
proxy.on("proxyReqWs", (asked, _req, client: Socket) => {
  asked.once("upgrade", (_res, gateway: Socket) => gateway.once("close", () => client.destroySoon()));
});

const server = createServer({
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  shouldUpgradeCallback: ({ url, headers }) =>
    url?.startsWith("/socket.io/") === true && headers.upgrade?.toLowerCase() === "websocket",
});
server.on("clientError", refuseMalformed);
server.on("request", (req, res) => forward(req, res, choose(req)));
server.on("upgrade", (req: IncomingMessage, socket: Socket, head: Buffer) => {
  const [gateway] = choose(req);
  if (!gateway) return socket.destroy();
  proxy.ws(req, socket, head, { target: targetOf(gateway), agent: gateway.agent }, () => socket.destroy());
});
server.listen(Number(port));
try {
  await once(server, "listening");
} catch (error) {
  console.error(`Port ${port} can't be used: ${(error as Error).message}. Choose another port.`);
  process.exit(1);
}
for (const gateway of gateways) void watch(gateway, say);

let turn = 0;

/** @returns the gateways for a request, the best first, without the frozen ones */
function choose(req: IncomingMessage): Gateway[] {
  const keeper = req.url?.startsWith("/socket.io/") ? keeperOf(req.url) : undefined;
  if (keeper && keeper.health !== "frozen") return [keeper];
  turn += 1;
  const inTurn = gateways.map((_, index) => gateways[(turn + index) % gateways.length]!);
  const ready = inTurn.filter(({ health }) => health === "ready");
  // Without a ready gateway, another may still answer from its caches, or report the problem.
  return ready.length > 0 ? ready : inTurn.filter(({ health }) => health === "unready");
}

/** The gateway that keeps a connection: the connection's id names it after the first dot. */
function keeperOf(url: string): Gateway | undefined {
  const id = new URLSearchParams(url.split("?")[1]).get("sid");
  return gateways.find(({ name }) => id?.slice(id.indexOf(".") + 1) === name);
}

function targetOf({ port }: Gateway) {
  return { host: "127.0.0.1", port };
}

function forward(req: IncomingMessage, res: ServerResponse, [gateway, ...others]: Gateway[]): void {
  if (!gateway) return refuse(res);
  let over = false;
  const failed = () => {
    if (over) return;
    over = true;
    if (res.headersSent) res.destroy();
    // Only reads are safe to repeat. Any other request may have been carried out, so the client must decide.
    else if (others.length > 0 && (req.method === "GET" || req.method === "HEAD")) forward(req, res, others);
    else refuse(res);
  };
  try {
    proxy.web(req, res, { target: targetOf(gateway), agent: gateway.agent }, failed);
  } catch {
    // Node.js refuses to send some malformed paths.
    sendProblem(res, problem(400, "MALFORMED_REQUEST", "The request is not valid HTTP"));
  }
}

function refuse(res: ServerResponse): void {
  sendProblem(res, problem(503, "UNAVAILABLE", "No gateway answers at the moment. Try again shortly."));
}
