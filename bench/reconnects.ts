import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { temporaryFolder } from "../dev/servers/guard.ts";
import { freePort } from "../dev/servers/ports.ts";
import { foundAudience, keepTweeting, tweet } from "./audience.ts";
import { type Crowd, startCrowd } from "./load/crowd.ts";
import type { LoopDelay } from "./load/loop-delay.ts";
import { now, quantile } from "./load/measures.ts";
import { residentMb, startWatched, type WatchedServer } from "./watched-server.ts";

const SOCKETS = 5000;
const FOLLOWERS = 300;
/** Slower than the 200 a second that a node takes. */
const OPEN_PER_SECOND = 180;
const BROADCASTS = 10;
const BROADCAST_EVERY_MS = 1500;
const LOOK_EVERY_MS = 250;
/** A crowd that is not complete after this time never will be. */
const COMPLETE_LIMIT_MS = 90_000;

/** The figures of a run: seconds where the name says so, else milliseconds and MiB. */
export interface ReconnectsFigures {
  readonly sockets: number;
  readonly followers: number;
  /** From before the request that posts a tweet until it has come to all sockets, as the clients' process sees it. */
  readonly broadcast: { readonly p50: number; readonly most: number; readonly answerP50: number } & WithDelay;
  readonly residentWithSockets: number | null;
  readonly restart: {
    /** From the signal to the end of the old process, and to the start of the new one. */
    readonly stoppedAfterSeconds: number;
    readonly readyAfterSeconds: number;
    /** From the signal until half, and until all, clients are back and have synced. */
    readonly halfBackAfterSeconds: number;
    readonly allBackAfterSeconds: number;
    /** Tries to connect that the new process refused, with a time to come back after. */
    readonly refused: number;
    /** Tries that found no server. */
    readonly unanswered: number;
    readonly tweets: number;
    /** Tweets that did not come to a client, summed over all clients. */
    readonly missed: number;
    readonly residentMost: number | null;
  } & WithDelay;
}

interface WithDelay {
  readonly loopDelay: LoopDelay;
}

/** Measures a broadcast to thousands of connections, and how they come back when the server restarts. */
export async function benchReconnects(say: (line: string) => void): Promise<ReconnectsFigures> {
  const folder = await temporaryFolder("starling-bench-");
  const env = {
    DATA_DIR: join(folder.path, "data"),
    PORT: `${await freePort()}`,
    RATE_LIMIT_SCALE: "1000000",
    // As behind a balancer: all clients have the same address here, and its connections are limited otherwise.
    TRUST_PROXY: "1",
  };
  let server = await startWatched(folder.path, env);
  const crowd = startCrowd();
  let tweets: ReturnType<typeof keepTweeting> | undefined;
  try {
    say(`signing up ${FOLLOWERS} followers of an author`);
    const { author, followers } = await foundAudience(server.url, FOLLOWERS);
    say(`opening ${SOCKETS} sockets, ${OPEN_PER_SECOND} a second`);
    await crowd.open({ url: server.url, tokens: followers, sockets: SOCKETS, perSecond: OPEN_PER_SECOND });
    await untilAllBack(crowd, say);
    const residentWithSockets = await residentMb(server.pid);
    const broadcast = await measureBroadcasts(server, crowd, author);
    say(`a tweet came to all sockets within ${Math.round(broadcast.p50)} ms`);

    say("restarting the server");
    tweets = keepTweeting(server.url, author);
    const began = now();
    const before = await crowd.count();
    const code = await server.stop();
    if (code !== 0) throw new Error(`The server ended with code ${code}:\n${server.output()}`);
    const stoppedAt = now();
    server = await startWatched(folder.path, env);
    const readyAt = now();
    const { halfBackAt, lastBackAt, refused, unanswered, residentMost } = await untilAllBack(crowd, say, server);
    const loopDelay = await server.loopDelay();
    const ids = await tweets.stop();
    await untilArrived(crowd, ids.at(-1)!);
    const seconds = (at: number) => (at - began) / 1000;
    return {
      sockets: SOCKETS,
      followers: FOLLOWERS,
      broadcast,
      residentWithSockets,
      restart: {
        stoppedAfterSeconds: seconds(stoppedAt),
        readyAfterSeconds: seconds(readyAt),
        halfBackAfterSeconds: seconds(halfBackAt),
        allBackAfterSeconds: seconds(lastBackAt),
        refused: refused - before.refused,
        unanswered: unanswered - before.unanswered,
        tweets: ids.length,
        missed: await crowd.missed(ids),
        residentMost,
        loopDelay,
      },
    };
  } finally {
    crowd.stop();
    await tweets?.stop();
    await server.stop();
    await folder.remove();
  }
}

async function measureBroadcasts(
  server: WatchedServer,
  crowd: Crowd,
  author: string,
): Promise<ReconnectsFigures["broadcast"]> {
  const lasts: number[] = [];
  const answers: number[] = [];
  await server.loopDelay();
  for (let n = 0; n < BROADCASTS; n++) {
    const began = now();
    const id = await tweet(server.url, author, `broadcast-${n}`);
    if (id === null) throw new Error("The server did not take a tweet");
    answers.push(now() - began);
    await pause(BROADCAST_EVERY_MS);
    lasts.push((await untilArrived(crowd, id)) - began);
  }
  const sorted = lasts.sort((a, b) => a - b);
  return {
    p50: quantile(sorted, 0.5),
    most: sorted.at(-1)!,
    answerP50: quantile(
      answers.sort((a, b) => a - b),
      0.5,
    ),
    loopDelay: await server.loopDelay(),
  };
}

/** @returns when the tweet came to the last of all sockets */
async function untilArrived(crowd: Crowd, id: string): Promise<number> {
  for (const deadline = now() + COMPLETE_LIMIT_MS; ;) {
    const { sockets, lastAt } = await crowd.arrivalsOf(id);
    if (sockets === SOCKETS) return lastAt;
    if (now() > deadline) throw new Error(`A tweet came only to ${sockets} of ${SOCKETS} sockets`);
    await pause(LOOK_EVERY_MS);
  }
}

async function untilAllBack(crowd: Crowd, say: (line: string) => void, server?: WatchedServer) {
  const began = now();
  let halfBackAt = 0;
  let residentMost: number | null = null;
  for (let looks = 1; ; looks++) {
    const { back, lastBackAt, refused, unanswered } = await crowd.count();
    if (server) residentMost = Math.max(residentMost ?? 0, (await residentMb(server.pid)) ?? 0) || null;
    if (halfBackAt === 0 && back >= SOCKETS / 2) halfBackAt = now();
    if (back === SOCKETS) return { halfBackAt, lastBackAt, refused, unanswered, residentMost };
    if (looks % 20 === 0) say(`${back} sockets are open and have synced`);
    if (now() - began > COMPLETE_LIMIT_MS) {
      throw new Error(`Only ${back} of ${SOCKETS} sockets are open. Is "ulimit -n" large enough for them?`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

export function printReconnects({ broadcast, restart, ...figures }: ReconnectsFigures): string {
  const ms = (value: number) => `${Math.round(value)} ms`;
  const s = (value: number) => `${value.toFixed(1)} s`;
  const delay = ({ loopDelay: { p99, most } }: WithDelay) => `${ms(p99)} / ${ms(most)}`;
  const rows: [string, string][] = [
    ["sockets / followers", `${figures.sockets} / ${figures.followers}`],
    ["resident memory with all sockets", `${figures.residentWithSockets ?? "?"} MiB`],
    ["broadcast, to the last socket: p50 / most", `${ms(broadcast.p50)} / ${ms(broadcast.most)}`],
    ["  answer to the author: p50", ms(broadcast.answerP50)],
    ["  event-loop delay: p99 / most", delay(broadcast)],
    ["restart: stopped / ready again after", `${s(restart.stoppedAfterSeconds)} / ${s(restart.readyAfterSeconds)}`],
    ["  half / all clients back after", `${s(restart.halfBackAfterSeconds)} / ${s(restart.allBackAfterSeconds)}`],
    ["  tries that were refused / found no server", `${restart.refused} / ${restart.unanswered}`],
    ["  tweets posted meanwhile / missed", `${restart.tweets} / ${restart.missed}`],
    ["  event-loop delay: p99 / most", delay(restart)],
    ["  resident memory: most", `${restart.residentMost ?? "?"} MiB`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(44)} ${value}`).join("\n");
}
