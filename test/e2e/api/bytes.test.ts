import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { expectNoLeak, sendBytes, useStarling } from "../../helper.ts";

const starling = useStarling();
afterEach(() => starling.expectWell());

describe("bytes that are not HTTP", () => {
  const head = "HTTP/1.1\r\nHost: x\r\n";
  it.each([
    ["nothing", ""],
    ["line ends", "\r\n\r\n\r\n\r\n"],
    ["TLS", Buffer.from("160301020001000001fc0303", "hex")],
    ["a word", "hello\r\n\r\n"],
    ["HTTP/0.9", "GET /\r\n"],
    ["HTTP/9.9", "GET / HTTP/9.9\r\n\r\n"],
    ["a path that is a URL", `GET http://[/ ${head}\r\n`],
    ["a path of junk", `GET \u0000\u0001\u007f ${head}\r\n`],
    ["a negative length", `POST /tweet ${head}Content-Length: -1\r\n\r\n`],
    ["two lengths", `POST /tweet ${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`],
    ["length and chunks", `POST /tweet ${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      "a broken chunk",
      `POST /auth/login ${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    ["a header that never ends", `GET / HTTP/1.1\r\nX: ${"x".repeat(100_000)}`],
    ["a CONNECT", `CONNECT evil.example:80 ${head}\r\n`],
    ["an upgrade to nothing", `GET /feed ${head}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
    [
      "a bad WebSocket",
      `GET /socket.io/?EIO=4&transport=websocket ${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    ],
    [
      "WebSocket frames of junk",
      `GET /socket.io/?EIO=4&transport=websocket ${head}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\xff\xff\xff\xff`,
    ],
    ["a bad polling session", `GET /socket.io/?EIO=4&transport=polling&sid=nothing ${head}\r\n`],
    ["a bad engine", `GET /socket.io/?EIO=99&transport=__proto__ ${head}\r\n`],
    ["kilobytes of junk", randomBytes(4096)],
  ])("do no harm: %s", async (_what, bytes) => {
    expectNoLeak(await sendBytes(starling.url, bytes));
    await sendBytes(starling.url, bytes, { thenHangUp: true });
  });

  it("do no harm if the sender disconnects halfway", async () => {
    const { alice } = await starling.cast("alice");
    const body = JSON.stringify({ text: "half a tweet" });
    const request =
      `POST /tweet HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        sendBytes(starling.url, request.slice(0, Math.floor((request.length * n) / 20)), { thenHangUp: true }),
      ),
    );
    const tweets = (await alice.api.get<{ tweets: unknown[] }>("/user")).body.tweets;
    expect(tweets).toEqual([]);
  });
});
