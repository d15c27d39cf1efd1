import { until } from "./paths/people.ts";

const LOOK_EVERY_MS = 20;

interface Message {
  readonly id?: number;
  readonly result?: { readonly sessionId?: string; readonly targetInfos?: readonly TargetInfo[] };
  readonly error?: { readonly message: string };
}

interface TargetInfo {
  readonly targetId: string;
  readonly type: string;
  readonly url: string;
}

/**
 * Slows down the network of running service workers. Playwright does that for pages alone, and requests of a worker are
 * no page's. The workers stay alive until the end.
 *
 * @param port of Chromium's remote debugging
 * @param url of the site whose workers are meant
 * @returns a function that ends this
 */
export async function slowWorkers(port: number, url: string, conditions: object): Promise<() => void> {
  const version = (await (await fetch(`http://127.0.0.1:${port}/json/version`)).json()) as {
    webSocketDebuggerUrl: string;
  };
  const socket = new WebSocket(version.webSocketDebuggerUrl);
  const waiting = new Map<number, PromiseWithResolvers<NonNullable<Message["result"]>>>();
  let asked = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(data as string) as Message;
    const asker = id === undefined ? undefined : waiting.get(id);
    if (error) asker?.reject(new Error(error.message));
    else asker?.resolve(result ?? {});
  });
  const send = (method: string, params: object = {}, sessionId?: string) => {
    const answer = Promise.withResolvers<NonNullable<Message["result"]>>();
    waiting.set(++asked, answer);
    socket.send(JSON.stringify({ id: asked, method, params, sessionId }));
    return answer.promise;
  };
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("Chromium's remote debugging does not answer.")));
  });
  const workers = async () => {
    const { targetInfos = [] } = await send("Target.getTargets");
    return targetInfos.filter((target) => target.type === "service_worker" && target.url.startsWith(url));
  };
  await until(async () => (await workers()).length > 0, "The service worker does not run.", { everyMs: LOOK_EVERY_MS });
  for (const { targetId } of await workers()) {
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    await send("Network.enable", {}, sessionId);
    await send("Network.emulateNetworkConditions", conditions, sessionId);
  }
  return () => socket.close();
}
