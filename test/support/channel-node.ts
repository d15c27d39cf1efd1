// A process with a channel, for tests that freeze it: `node channel-node.ts NATS_URL`. Takes the jobs of the group
// "timeline", prints the id of each, and never finishes one.
import { JetStreamChannel } from "../../seams/channel/jetstream.ts";

const log = { error: console.error, warn: console.error, info: () => undefined, debug: () => undefined };
const channel = new JetStreamChannel({ url: process.argv[2]!, name: "frozen", replicas: 1, takesJobs: true, log });
await channel.open();
await channel.subscribe({
  job: "follow.notify",
  group: "timeline",
  maxInFlight: 1,
  handler({ id }) {
    console.log(id);
    return new Promise(() => undefined);
  },
});
