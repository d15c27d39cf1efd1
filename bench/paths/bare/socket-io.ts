// The bare engine beside live tweets: socket.io on Node's own HTTP server. A POST sends a tweet to its author's room and
// answers with it. Nothing is stored.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { idAt } from "../../../lib/snowflake.ts";
import { report } from "./report.ts";

interface LiveData {
  /** The room of each viewer, by their token. */
  readonly rooms: Readonly<Record<string, string>>;
  /** A tweet as the product sends it. */
  readonly tweet: Readonly<Record<string, unknown>>;
}

process.once("message", ({ rooms, tweet }: LiveData) => {
  let made = 0;
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      const author = request.headers.authorization!.slice("Bearer ".length);
      const sent = { ...tweet, id: idAt(Date.UTC(2026, 0, 1) + ++made) };
      live.to(author).emit("tweet", sent);
      const body = Buffer.from(JSON.stringify(sent));
      response.writeHead(201, { "content-type": "application/json", "content-length": body.length }).end(body);
    });
  });
  const live = new Server(server, { transports: ["websocket"] });
  live.use((socket, next) => {
    const { token } = socket.handshake.auth as { token: string };
    const room = rooms[token];
    if (room === undefined) return next(new Error("UNAUTHORIZED"));
    void socket.join(room);
    next();
  });
  live.on("connection", (socket) => {
    socket.on("sync", (_order: unknown, answer: (reply: object) => void) => answer({ tweets: [], more: false }));
  });
  report(server);
});
