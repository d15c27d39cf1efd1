// The bare engine beside posts: Node's own HTTP server, which parses the JSON, inserts the tweet into SQLite by a thread
// that commits all that has come in, and answers once it is on the disk. It checks nothing and delivers nothing.
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { openBareTweets } from "../../store/bare-tweets.ts";
import { report } from "./report.ts";

process.once("message", ({ file }: { file: string }) => {
  const tweets = openBareTweets(file);

  async function post(request: IncomingMessage): Promise<Buffer> {
    const body = JSON.parse(await text(request)) as { text: string };
    const doc = tweets.make(body.text);
    await tweets.insert(doc);
    return Buffer.from(JSON.stringify({ ...doc, id: doc._id }));
  }

  const server = createServer((request, response) => {
    void post(request).then((bytes) => {
      const headers = { "content-type": "application/json; charset=utf-8", "content-length": bytes.length };
      response.writeHead(201, headers).end(bytes);
    });
  });
  report(server);
});
