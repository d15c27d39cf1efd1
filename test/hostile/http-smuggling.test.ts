// Requests that two servers in a row could read differently: each is refused, and its connection closed, so that what
// follows is never read as another request.
import { describe, expect, test } from "@jest/globals";
import { openRaw } from "../support/connection.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget();

const HIDDEN = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const post = (headers: string, body = "") => `POST /auth/login HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;

const REQUESTS: Record<string, string> = {
  "Content-Length and Transfer-Encoding": post("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
  "Transfer-Encoding and Content-Length": post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n"),
  "two lengths": post("Content-Length: 0\r\nContent-Length: 40"),
  "two equal lengths in one header": post("Content-Length: 0, 0"),
  "a negative length": post("Content-Length: -1"),
  "a length with a sign": post("Content-Length: +2", "{}"),
  "a hexadecimal length": post("Content-Length: 0x2", "{}"),
  "a huge length": post("Content-Length: 99999999999999999999999"),
  "a folded header": post("X-A: 1\r\n Content-Length: 2", "{}"),
  "a blank before the colon": post("Content-Length : 2", "{}"),
  "a header without a name": post(": 2", "{}"),
  "a header without a colon": post("Content-Length", "{}"),
  "a header with a NUL": post("X-A: \0", "{}"),
  "a bare carriage return in a header": post("X-A: 1\rContent-Length: 2", "{}"),
  "an unknown transfer encoding": post("Transfer-Encoding: xchunked", "0\r\n\r\n"),
  "chunked twice": post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
  "chunked that is not last": post("Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
  "two Transfer-Encoding headers": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
  "a chunk size that is no number": post("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"),
  "a negative chunk size": post("Transfer-Encoding: chunked", "-2\r\n{}\r\n0\r\n\r\n"),
  "a huge chunk size": post("Transfer-Encoding: chunked", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
  "a chunk that is longer than it says": post("Transfer-Encoding: chunked", "1\r\n{}\r\n0\r\n\r\n"),
  "a chunk that ends with a bare line feed": post("Transfer-Encoding: chunked", "2\r\n{}\n0\r\n\r\n"),
  "a bare line feed after a header": "POST /auth/login HTTP/1.1\nHost: x\nContent-Length: 0\n\n",
  "two Host headers": "GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
  "two equal Host headers": "GET /health/live HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n",
  "no Host header": "GET /health/live HTTP/1.1\r\n\r\n",
  "HTTP/0.9": "GET /health/live\r\n\r\n",
  "HTTP/2": "GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n",
  "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a blank in the path": "GET /health /live HTTP/1.1\r\nHost: x\r\n\r\n",
  "an unknown method": "NOTHING / HTTP/1.1\r\nHost: x\r\n\r\n",
  "a tunnel": "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n",
  "two Host headers before a websocket":
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
};

test("requests that could be read in two ways are refused, and their connections closed", async () => {
  const outcomes = await target.underAttack(() =>
    Promise.all(
      Object.entries(REQUESTS).map(async ([name, bytes]) => {
        const connection = await openRaw(target.url);
        connection.write(bytes + HIDDEN);
        const closed = await Promise.race([
          connection.ended.then(() => true),
          new Promise<false>((resolve) => setTimeout(() => resolve(false), 5000).unref()),
        ]);
        connection.end();
        // A tunnel has no answer but the end of the connection.
        const statuses = connection.statuses().filter((status) => status !== 400);
        return [name, closed, statuses];
      }),
    ),
  );
  expect(outcomes).toEqual(Object.keys(REQUESTS).map((name) => [name, true, []]));
});

describe("an Expect header", () => {
  test("that can't be met is refused with a problem", async () => {
    const connection = await openRaw(target.url);
    connection.write(
      post("Content-Type: application/json\r\nContent-Length: 2\r\nExpect: foo\r\nConnection: close", "{}"),
    );
    await connection.ended;
    expect(connection.statuses()).toEqual([417]);
    expect(connection.received()).toMatch(/\r\nContent-Type: application\/problem\+json/i);
    connection.end();
  });

  test("of 100-continue gets its answer before the body is sent", async () => {
    const connection = await openRaw(target.url);
    connection.write(
      post("Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close"),
    );
    await new Promise<void>((resolve) => connection.socket.once("data", () => resolve()));
    expect(connection.statuses()).toEqual([100]);
    connection.write("{}");
    await connection.ended;
    expect(connection.statuses()).toEqual([100, 422]);
    connection.end();
  });
});
