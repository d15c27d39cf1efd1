import { startGenerator } from "../../load/load.ts";
import { withCpu } from "../cpu.ts";
import type { Path, Sample } from "../path.ts";
import { postRequestOf, until } from "../people.ts";
import { type AudienceSize, gatherViewers, type LiveSide } from "./viewers.ts";

const SIZE: AudienceSize = { authors: 50, viewers: 200, sockets: 1000 };
const QUICK_SIZE: AudienceSize = { authors: 2, viewers: 4, sockets: 8 };
const POSTS_PER_SECOND = 200;
const QUICK_POSTS_PER_SECOND = 20;
const CONNECTIONS = 64;

export const liveLatency: Path = {
  about: "post until event, 1000 sockets, 200 posts a second offered, each to 20 sockets",
  beside: "a POST that makes socket.io send the same tweet to a room of 20",
  needs: [],
  rows: [
    { name: "p50", unit: "ms", by: "difference", goal: { atMost: 5 } },
    { name: "p99", unit: "ms", by: "ratio", goal: { atMost: 5 } },
    { name: "CPU", unit: "µs", by: "ratio", goal: null },
  ],
  async open(stage) {
    const { isQuick } = stage.effort;
    const size = isQuick ? QUICK_SIZE : SIZE;
    const rate = isQuick ? QUICK_POSTS_PER_SECOND : POSTS_PER_SECOND;
    const { ours, bare } = await gatherViewers(stage, size);
    const generator = startGenerator();
    stage.onEnd(() => generator.stop());
    const faults: string[] = [];

    async function measure(side: string, { url, pid, authors, crowd }: LiveSide, seconds: number): Promise<Sample> {
      const requests = authors.map((token) => postRequestOf({ token }));
      const order = { url, requests, rate, seconds, connections: CONNECTIONS, collectIds: true };
      const { result, micros } = await withCpu([pid], async () => {
        const { posted, whole } = await generator.open(order);
        if (posted.length < whole.sent) faults.push(`${side} did not take ${whole.sent - posted.length} posts.`);
        const wanted = posted.length * (size.sockets / authors.length);
        const events = async () => (await crowd.latenciesOf(posted)).events;
        const message = `${side} did not send all events.`;
        await until(async () => (await events()) >= wanted, message).catch(({ message: said }: Error) =>
          faults.push(said),
        );
        const latencies = await crowd.latenciesOf(posted);
        if (latencies.events > wanted) faults.push(`${side} sent ${latencies.events} events instead of ${wanted}.`);
        return { ...latencies, posts: posted.length };
      });
      return { p50: result.p50, p99: result.p99, CPU: micros / result.posts };
    }

    return {
      ours: (seconds) => measure("The product", ours, seconds),
      bare: (seconds) => measure("The bare engine", bare, seconds),
      audit: () => Promise.resolve(faults.splice(0)),
    };
  },
};
