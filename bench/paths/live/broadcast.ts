import { temporaryFolder } from "../../../dev/servers/guard.ts";
import { type Listeners, startListeners } from "../../load/listen.ts";
import { generateMembers } from "../../store/members.ts";
import { withCpu } from "../cpu.ts";
import { startOn } from "../embedded/system.ts";
import type { Path, Sample, Stage } from "../path.ts";
import { idOf, signUpAll, TEXT } from "../people.ts";
import { startBare } from "../start-bare.ts";
import { OPEN_PER_SECOND } from "./viewers.ts";

const FOLLOWERS = 5000;
const QUICK_FOLLOWERS = 20;
const EVENTS_LIMIT_MS = 30_000;
/** An address may have half of all connections, and here there is only one. */
const MANY_FROM_ONE_ADDRESS = { MAX_CONNECTIONS: `${4 * FOLLOWERS}` };

/** A server whose followers all listen. */
interface Side {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly author: string;
  readonly listeners: Listeners;
}

export const liveBroadcast: Path = {
  about: `one tweet after the other to ${FOLLOWERS} followers, each with a socket`,
  beside: "a POST that makes socket.io send the same tweet to a room of as many",
  needs: [],
  rows: [
    { name: "events", unit: "/s", by: "ratio", goal: { atLeast: 0.7 } },
    { name: "CPU", unit: "µs", by: "ratio", goal: null },
  ],
  async open(stage) {
    const followers = stage.effort.isQuick ? QUICK_FOLLOWERS : FOLLOWERS;
    const { ours, bare } = await gatherFollowers(stage, followers);
    const faults: string[] = [];

    async function tweet({ url, author }: Side): Promise<void> {
      const headers = { authorization: `Bearer ${author}`, "content-type": "application/json" };
      const reply = await fetch(`${url}/tweet`, { method: "POST", headers, body: JSON.stringify({ text: TEXT }) });
      await reply.arrayBuffer();
      if (reply.status !== 201) faults.push(`A post was answered with ${reply.status}.`);
    }

    async function measure(side: Side, seconds: number): Promise<Sample> {
      const { result, micros } = await withCpu([side.pid], async () => {
        const began = performance.now();
        let events = 0;
        do {
          const [came] = await Promise.all([side.listeners.wait(followers, EVENTS_LIMIT_MS), tweet(side)]);
          if (came !== followers) faults.push(`${side.name} sent ${came} events instead of ${followers}.`);
          events += came;
        } while (performance.now() - began < seconds * 1000 && faults.length === 0);
        return { events, seconds: (performance.now() - began) / 1000 };
      });
      return { events: result.events / result.seconds, CPU: micros / result.events };
    }

    return {
      ours: (seconds) => measure(ours, seconds),
      bare: (seconds) => measure(bare, seconds),
      audit: () => Promise.resolve(faults.splice(0)),
    };
  },
};

async function gatherFollowers(stage: Stage, followers: number): Promise<{ ours: Side; bare: Side }> {
  const folder = await temporaryFolder("starling-bench-");
  stage.onEnd(() => folder.remove());
  const before = await startOn(folder.path, { onEnd: () => undefined });
  const [author] = await signUpAll(before.client, "author", 1);
  const { body: sample } = await before.client.ask<object>({
    method: "POST",
    path: "/tweet",
    token: author!.token,
    body: { text: TEXT },
    wanted: [201],
  });
  const id = await idOf(before.client, author!);
  await before.stop();
  const tokens = await generateMembers(folder.path, { members: followers, author: id, followed: 0 });
  const { url, processes } = await startOn(folder.path, stage, MANY_FROM_ONE_ADDRESS);
  const rooms = Object.fromEntries(tokens.map((token) => [token, author!.username]));
  const bare = await startBare("socket-io", { rooms, tweet: sample }, stage);

  async function connect(name: string, url: string, pid: number, token: string): Promise<Side> {
    stage.say(`opening ${followers} connections`);
    const listeners = startListeners();
    stage.onEnd(() => listeners.stop());
    await listeners.open({ url, tokens, perSecond: OPEN_PER_SECOND });
    return { name, url, pid, author: token, listeners };
  }

  return {
    ours: await connect("The product", url, processes["server"]![0]!, author!.token),
    bare: await connect("The bare engine", bare.url, bare.pid, author!.username),
  };
}
