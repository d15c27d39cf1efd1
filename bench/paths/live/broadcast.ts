import { randomUUID } from "node:crypto";
import { tweet } from "../../audience.ts";
import { now } from "../../load/measures.ts";
import { withCpu } from "../cpu.ts";
import { httpRows } from "../http-side.ts";
import type { Path, Sample } from "../path.ts";
import { until } from "../people.ts";
import { type AudienceSize, gatherViewers, type LiveSide } from "./viewers.ts";

const SIZE: AudienceSize = { authors: 1, viewers: 250, sockets: 5000 };
const QUICK_SIZE: AudienceSize = { authors: 1, viewers: 4, sockets: 40 };
const LOOK_EVERY_MS = 50;

export const liveBroadcast: Path = {
  about: "one tweet to 5000 followers who are connected, from the post to the last event",
  beside: "a POST that makes socket.io send the same tweet to a room of 5000",
  needs: [],
  rows: httpRows(0.7),
  async open(stage) {
    const size = stage.effort.isQuick ? QUICK_SIZE : SIZE;
    const { ours, bare } = await gatherViewers(stage, size);
    const faults: string[] = [];

    async function measure(side: string, { url, pid, authors, crowd }: LiveSide, seconds: number): Promise<Sample> {
      const { result, micros } = await withCpu([pid], async () => {
        const end = now() + seconds * 1000;
        let events = 0;
        let milliseconds = 0;
        do {
          const sentAt = now();
          const id = await tweet(url, authors[0]!, randomUUID());
          if (id === null) throw new Error(`${side} did not take a post.`);
          const haveAll = async () => (await crowd.arrivalsOf(id)).sockets >= size.sockets;
          await until(haveAll, `${side} did not send a tweet to all.`, { everyMs: LOOK_EVERY_MS });
          const { sockets, lastAt } = await crowd.arrivalsOf(id);
          if (sockets > size.sockets) faults.push(`${side} sent a tweet ${sockets} times instead of ${size.sockets}.`);
          events += sockets;
          milliseconds += lastAt - sentAt;
        } while (now() < end);
        return { events, milliseconds };
      });
      return { rate: (result.events / result.milliseconds) * 1000, CPU: micros / result.events };
    }

    return {
      ours: (seconds) => measure("The product", ours, seconds),
      bare: (seconds) => measure("The bare engine", bare, seconds),
      audit: () => Promise.resolve(faults.splice(0)),
    };
  },
};
