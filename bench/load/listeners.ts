// Thousands of live connections in a process of its own that only count the tweets that come: a client that parsed them
// would be slower than the server that is measured.
import { connect } from "node:net";
import { ENGINE_PATH, maskedFrame, takeFrame, upgradeRequest } from "../../dev/websocket-frames.ts";

/** Sent to the process. It answers each order with one message. */
export type ListenersOrder =
  /** Opens a connection for each token, at most so many a second. Answered when the server has taken all of them. */
  | { readonly do: "open"; readonly url: string; readonly tokens: readonly string[]; readonly perSecond: number }
  /** Waits until so many more tweets have come than at the last such order, or until the time is over. */
  | { readonly do: "wait"; readonly events: number; readonly limitMs: number };

/** The tweets that came since the last answer. */
export interface Heard {
  readonly events: number;
}

/** Websocket keys are random so that caches can't answer. There are none here. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const TWEET = '42["tweet"';

let events = 0;
let onEvent: () => void = () => undefined;

/** Resolves when the server has taken the connection. Rejects when it refuses or closes it before that. */
function listen(url: string, token: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  socket.write(upgradeRequest(hostname, ENGINE_PATH, KEY));
  let bytes: Buffer = Buffer.alloc(0);
  let isUpgraded = false;
  return new Promise((resolve, reject) => {
    const take = (text: string) => {
      if (text.startsWith(TWEET)) {
        events++;
        onEvent();
      } else if (text === "2") socket.write(maskedFrame("3"));
      else if (text.startsWith("0")) socket.write(maskedFrame(`40${JSON.stringify({ token })}`));
      else if (text.startsWith("40")) resolve();
      else if (text.startsWith("44")) reject(new Error(`The server refused a connection: ${text.slice(2)}`));
    };
    socket.on("data", (chunk) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      if (!isUpgraded) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end === -1) return;
        isUpgraded = true;
        bytes = bytes.subarray(end + 4);
      }
      for (let frame = takeFrame(bytes); frame; frame = takeFrame(bytes)) {
        bytes = bytes.subarray(frame.size);
        take(frame.text);
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("The server closed a connection.")));
  });
}

async function open({ url, tokens, perSecond }: Extract<ListenersOrder, { do: "open" }>): Promise<null> {
  const taken: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const began = performance.now();
    const timer = setInterval(() => {
      const due = Math.min(tokens.length, Math.ceil(((performance.now() - began) / 1000) * perSecond));
      while (taken.length < due) taken.push(listen(url, tokens[taken.length]!));
      if (taken.length < tokens.length) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
  await Promise.all(taken);
  return null;
}

async function wait({ events: wanted, limitMs }: Extract<ListenersOrder, { do: "wait" }>): Promise<Heard> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    onEvent = () => {
      if (events < wanted) return;
      clearTimeout(timer);
      resolve();
    };
    onEvent();
  });
  const heard = { events };
  events = 0;
  onEvent = () => undefined;
  return heard;
}

function obey(order: ListenersOrder): Promise<Heard | null> {
  switch (order.do) {
    case "open":
      return open(order);
    case "wait":
      return wait(order);
  }
}

process.on("message", (order: ListenersOrder) => {
  void obey(order).then(
    (answer) => process.send!({ answer }),
    (error: Error) => process.send!({ error: error.message }),
  );
});
process.on("disconnect", () => process.exit());
