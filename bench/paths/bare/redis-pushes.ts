// The bare engine beside a fan-out: what redis-benchmark does for LPUSHX with a pipeline of 500 and random keys. Batches
// are made beforehand, and answers are only counted, so that Redis is the bottleneck.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Sent to the process. It answers with `PushesDone`. */
export interface PushesOrder {
  readonly seconds: number;
}

export interface PushesDone {
  readonly pushes: number;
  readonly seconds: number;
}

interface PushesData {
  readonly port: number;
  /** The number of lists. */
  readonly keys: number;
}

const PIPELINE = 500;
/** Batches to choose from. */
const BATCHES = 64;
const CONNECTIONS = 4;
const ID = "2126581026596892672";
const LINE_FEED = 10;

function batchOf(command: "LPUSH" | "LPUSHX", keys: readonly number[]): Buffer {
  const words = (key: number) => [command, `bench:{${key}}`, ID];
  const word = (text: string) => `$${text.length}\r\n${text}\r\n`;
  return Buffer.from(keys.map((key) => `*3\r\n${words(key).map(word).join("")}`).join(""));
}

/** Sends a batch and waits for an answer to each command. An answer is one line. */
async function send(socket: Socket, batch: Buffer, commands: number): Promise<void> {
  socket.write(batch);
  let left = commands;
  while (left > 0) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    if (chunk[0] === "-".charCodeAt(0)) throw new Error(chunk.toString());
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) left--;
  }
}

async function main({ port, keys }: PushesData): Promise<void> {
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, "127.0.0.1"));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const all = [...Array(keys).keys()];
  await send(sockets[0]!, batchOf("LPUSH", all), keys);
  const random = () => Math.floor(Math.random() * keys);
  const batches = Array.from({ length: BATCHES }, () => batchOf("LPUSHX", Array.from({ length: PIPELINE }, random)));

  async function push({ seconds }: PushesOrder): Promise<PushesDone> {
    const began = performance.now();
    const end = began + seconds * 1000;
    let pushes = 0;
    const keepPushing = async (socket: Socket) => {
      for (; performance.now() < end; pushes += PIPELINE) {
        await send(socket, batches[Math.floor(Math.random() * BATCHES)]!, PIPELINE);
      }
    };
    await Promise.all(sockets.map(keepPushing));
    return { pushes, seconds: (performance.now() - began) / 1000 };
  }

  process.on("message", (order: PushesOrder) => void push(order).then((done) => process.send!(done)));
  process.send!({ port: 0 });
}

process.once("message", (data: PushesData) => void main(data));
process.once("disconnect", () => process.exit());
