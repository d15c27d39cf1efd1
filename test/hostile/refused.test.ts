// Bytes that are no request: the server answers, and the connection is gone, whatever the client does with its end.
import { expect, test } from "@jest/globals";
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { useTarget } from "../support/target.ts";

const target = useTarget({}, { descriptors: 200 });

test("a client that leaves its end of a refused connection open takes no descriptor", async () => {
  const { hostname, port } = new URL(target.url);
  const sockets: Socket[] = [];
  const answers = await target.underAttack(async () => {
    for (let n = 0; n < 300; n++) {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      sockets.push(socket);
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write("GARBAGE\r\n\r\n");
    }
    return Promise.all(
      sockets.map(async (socket) => {
        const [chunk] = (await once(socket, "data")) as [Buffer];
        return chunk.toString("latin1").split("\r\n")[0];
      }),
    );
  });
  for (const socket of sockets) socket.destroy();
  expect(new Set(answers)).toEqual(new Set(["HTTP/1.1 400 Bad Request"]));
});
