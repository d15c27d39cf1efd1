import type { JetStreamManager } from "nats";
import { connectNats } from "../../dev/servers/nats.ts";
import { JetStreamChannel, type JetStreamOptions } from "../../seams/channel/jetstream.ts";
import type { Log } from "../../seams/nats/link.ts";

/** A log that keeps its lines. */
function createLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (...parts: unknown[]) =>
      void lines.push(`${level} ${parts.map(String).join(" ")}`);
  return { lines, error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}

/** Creates the channel of a node. The caller opens it. */
export function createChannel(url: string, options: Partial<JetStreamOptions> = {}): JetStreamChannel {
  return new JetStreamChannel({ url, name: "test", replicas: 1, takesJobs: true, log: createLog(), ...options });
}

/** Changes a server's streams, as an operator may. */
export async function manageNats<T>(url: string, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connectNats(url);
  try {
    return await work(await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

/** Deletes all streams. */
export function emptyNats(url: string): Promise<void> {
  return manageNats(url, async ({ streams }) => {
    for await (const { config } of streams.list()) await streams.delete(config.name);
  });
}
