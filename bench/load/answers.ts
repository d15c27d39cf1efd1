import { connect, type Socket } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");

/** What a request came to: the status of its answer, or null if the connection was lost. */
export type Outcome = number | null;

/** Called with the body of the answer, which is empty if the connection was lost. */
export type Done = (outcome: Outcome, body: Buffer) => void;

const NO_BODY = Buffer.alloc(0);

/**
 * A connection that sends one prepared request at a time. Node's own client takes longer for a request than the server
 * does for a refusal, so it could not make an overload.
 */
export class Line {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | undefined;
  #answer: Buffer | undefined;
  #done: Done | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  send(request: Buffer, done: Done): void {
    this.#done = done;
    this.#socket ??= this.#open();
    this.#socket.write(request);
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: this.#host, noDelay: true });
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#finish(null, NO_BODY);
    });
    return socket;
  }

  #read(chunk: Buffer): void {
    const answer = (this.#answer = this.#answer ? Buffer.concat([this.#answer, chunk]) : chunk);
    const headEnd = answer.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = answer.toString("latin1", 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const bodyAt = headEnd + HEAD_END.length;
    if (answer.length < bodyAt + length) return;
    if (/\r\nconnection: *close/i.test(head)) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    this.#finish(Number(head.slice(9, 12)), answer.subarray(bodyAt, bodyAt + length));
  }

  #finish(outcome: Outcome, body: Buffer): void {
    const done = this.#done;
    this.#done = this.#answer = undefined;
    done?.(outcome, body);
  }
}
