import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Reply } from "../../services/gateway/reply.ts";

/** A small web server for single pages, without the rest of the product. */
export interface ServedSite {
  readonly url: string;
  stop(): void;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Serves the results of a function of the path; 404 for null.
 *
 * @param policy the Content-Security-Policy of every answer
 */
export async function serve(
  policy: string,
  answer: (path: string, url: string) => Awaitable<Reply | null>,
): Promise<ServedSite> {
  const server = createServer((request, response) => {
    void respond(request, response);
  });
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = await answer(new URL(request.url ?? "/", url).pathname, url);
    response.writeHead(found?.status ?? 404, {
      "content-type": "text/plain",
      "content-security-policy": policy,
      ...found?.headers,
    });
    response.end((found?.body as string | Buffer | undefined) ?? "Nothing here");
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
