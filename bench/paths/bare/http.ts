// The bare engine beside reads: Node's own HTTP server, which sends the same bytes to everybody.
import { createServer } from "node:http";
import { report } from "./report.ts";

process.once("message", ({ body }: { body: string }) => {
  const bytes = Buffer.from(body);
  const headers = { "content-type": "application/json; charset=utf-8", "content-length": bytes.length };
  const server = createServer((_request, response) => void response.writeHead(200, headers).end(bytes));
  report(server);
});
