import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Random } from "../replay/random.ts";
import type { EmbeddedServer } from "./embedded-server.ts";
import type { Fault } from "./faults.ts";
import { untilReady } from "./health.ts";
import type { Subject } from "./nemesis.ts";

/** Longer than the server's own limits for a write, so that clients get refusals from it when it goes on. */
const FREEZE_MS = 6000;
/** The server's files keep this length at most while its disk is full: less than any write needs. */
const FULL_BYTES = 4096;
/** A start takes about 1 s: with the time drawn from this, most kills hit it, and some the first moments after it. */
const START_MS = 1300;
/** A shutdown takes some 100 ms. */
const SHUTDOWN_MS = 150;
/** Between the faults, some hundred requests: a kill at a random moment of these finds others in flight. */
const pauseMs = (random: Random) => 200 + random.below(1200);
/** A busy server keeps up with more, but the audit reads every feed to its end. */
const STEPS_PER_SECOND = 50;
/** Longer than a server is away, because a sync after that skips authors who were unfollowed meanwhile. */
const MARGIN_MS = 20_000;

const run = promisify(execFile);
const always = () => true;
const atOnce = () => 0;
const briefly = (random: Random) => random.below(300);

/** The faults of a single server, by the name that `--only` takes. */
export const EMBEDDED_FAULTS: Readonly<Record<string, Fault<EmbeddedServer>>> = {
  kill: {
    durationMs: briefly,
    isPossible: always,
    async inject(server) {
      await server.kill();
      return { target: "the server", heal: () => server.start() };
    },
  },
  "kill-start": {
    durationMs: briefly,
    isPossible: always,
    async inject(server, random) {
      const afterMs = random.below(START_MS);
      await server.kill();
      await server.startAndKill(afterMs);
      return { target: `the server, and again ${afterMs} ms after its start`, heal: () => server.start() };
    },
  },
  "kill-shutdown": {
    durationMs: briefly,
    isPossible: always,
    async inject(server, random) {
      const afterMs = random.below(SHUTDOWN_MS);
      await server.shutDown(afterMs);
      return { target: `the server, ${afterMs} ms after SIGTERM`, heal: () => server.start() };
    },
  },
  restart: {
    durationMs: briefly,
    isPossible: always,
    async inject(server) {
      await server.shutDown();
      return { target: "the server", heal: () => server.start() };
    },
  },
  freeze: {
    durationMs: () => FREEZE_MS,
    isPossible: always,
    inject(server) {
      process.kill(server.pid, "SIGSTOP");
      return Promise.resolve({
        target: "the server",
        heal: () => Promise.resolve(void process.kill(server.pid, "SIGCONT")),
      });
    },
  },
  "full-disk": {
    durationMs: (random) => 1000 + random.below(3000),
    isPossible: () => process.platform === "linux",
    async inject(server) {
      await limitFiles(server, `${FULL_BYTES}`);
      return { target: "the server's folder", heal: () => limitFiles(server, "unlimited") };
    },
  },
  "kill-full-disk": {
    durationMs: atOnce,
    isPossible: () => process.platform === "linux",
    async inject(server) {
      await limitFiles(server, `${FULL_BYTES}`);
      await server.kill();
      return { target: "the server, as its disk was full", heal: () => server.start() };
    },
  },
};

/** How often each kind comes in a round of the nemesis: kills matter most. */
const WEIGHTS: Readonly<Record<string, number>> = { kill: 10, "kill-start": 4 };

/** Limits the length of all files that the process writes, as a full disk does. Needs Linux's `prlimit`. */
async function limitFiles({ pid }: EmbeddedServer, length: string): Promise<void> {
  // The colon keeps the upper limit, so that the lower one can be raised again.
  await run("prlimit", [`--pid=${pid}`, `--fsize=${length}:`]);
}

/** The kinds of a round: each as often as it weighs. */
export function embeddedRound(kinds: readonly string[]): string[] {
  return kinds.flatMap((kind) => Array<string>(WEIGHTS[kind] ?? 1).fill(kind));
}

/** A single server, as a system that faults are injected into. */
export function embeddedSubject(server: EmbeddedServer): Subject<EmbeddedServer> {
  return {
    system: server,
    url: server.url,
    faults: EMBEDDED_FAULTS,
    pauseMs,
    stepsPerSecond: STEPS_PER_SECOND,
    marginMs: MARGIN_MS,
    untilHealthy: (limitMs) => untilReady(server.url, limitMs),
  };
}
