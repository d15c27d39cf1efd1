import { request } from "node:http";
import { connect } from "node:net";
import type { Reply } from "./client.ts";

/**
 * Sends a request line and headers unchanged: `fetch` would normalise the path and refuse invalid headers.
 *
 * @param path sent unchanged, so it may contain `..` or broken percent-encodings
 */
export function sendAsIs(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers: { accept: "application/json", ...headers } });
    let answered = false;
    outgoing.on("response", (incoming) => {
      answered = true;
      const chunks: Buffer[] = [];
      const finish = () => {
        const text = Buffer.concat(chunks).toString();
        const received = new Headers();
        for (const [name, value] of Object.entries(incoming.headers)) received.set(name, String(value));
        const isJson = /[/+]json\b/.test(received.get("content-type") ?? "") && text !== "";
        const parsed: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: incoming.statusCode ?? 0, headers: received, text, body: parsed });
        outgoing.destroy();
      };
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("end", finish);
      incoming.once("error", finish);
    });
    // A server may answer and close the connection before it has read all of a too large body. The answer counts.
    outgoing.once("error", (error) => {
      if (!answered) reject(error);
    });
    outgoing.end(body);
  });
}

/**
 * Writes bytes to the server's port and waits until the server answers, closes the connection, or stays silent for 300 ms.
 *
 * @returns the answer
 */
export function sendBytes(url: string, bytes: string | Buffer, { thenHangUp = false } = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes, () => {
        if (thenHangUp) socket.destroy();
      });
    });
    const finish = () => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(300, finish);
    socket.on("data", (chunk) => {
      said += chunk.toString("latin1");
      finish();
    });
    socket.once("close", finish);
    socket.once("error", finish);
  });
}
