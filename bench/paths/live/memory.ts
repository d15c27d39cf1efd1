import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { temporaryFolder } from "../../../dev/servers/guard.ts";
import { startListeners } from "../../load/listen.ts";
import type { Memory } from "../../load/memory.ts";
import { generateMembers } from "../../store/members.ts";
import { startOn } from "../embedded/system.ts";
import type { Path, Sample, Stage } from "../path.ts";
import { startBare } from "../start-bare.ts";
import { OPEN_PER_SECOND } from "./viewers.ts";

/** Opened before the memory is looked at, so that caches are full and the heap has its size. */
const FIRST_SOCKETS = 1000;
const SOCKETS = 1000;
const QUICK_SOCKETS = 10;
const FOLLOWED = 400;
const QUICK_FOLLOWED = 5;
const PROBE = pathToFileURL(join(import.meta.dirname, "..", "..", "load", "memory.ts")).href;

export const socketMemory: Path = {
  about: `resident memory of an idle socket, ${SOCKETS} people with one each who follow ${FOLLOWED} others each`,
  beside: "a socket of bare socket.io in one room",
  needs: [],
  rows: [{ name: "a socket", unit: "KiB", by: "ratio", goal: { atMost: 1.5 } }],
  async open(stage) {
    const { isQuick } = stage.effort;
    const first = isQuick ? QUICK_SOCKETS : FIRST_SOCKETS;
    const members = first + (isQuick ? QUICK_SOCKETS : SOCKETS);
    const folder = await temporaryFolder("starling-bench-");
    stage.onEnd(() => folder.remove());
    const data = join(folder.path, "data");
    await (await startOn(data, { onEnd: () => undefined })).stop();
    const tokens = await generateMembers(data, {
      members,
      author: null,
      followed: isQuick ? QUICK_FOLLOWED : FOLLOWED,
    });
    const probe = join(folder.path, "memory.sock");
    const env = { NODE_OPTIONS: `--expose-gc --import=${PROBE}`, BENCH_MEMORY: probe };

    async function side(start: () => Promise<{ url: string; stop: () => Promise<void> }>): Promise<Sample> {
      const server = await start();
      try {
        return await measure(stage, { url: server.url, probe, tokens, first });
      } finally {
        await server.stop();
        await rm(probe, { force: true });
      }
    }

    const rooms = Object.fromEntries(tokens.map((token) => [token, "room"]));
    return {
      ours: () => side(() => startOn(data, { onEnd: () => undefined }, env)),
      bare: () => side(() => startBare("socket-io", { rooms, tweet: {} }, stage, env)),
      // The server takes each connection, or the listeners fail.
      audit: () => Promise.resolve([]),
    };
  },
};

/** Opens a connection for each token. @returns by how much the server grew for each but the first */
async function measure(
  { onEnd }: Stage,
  { url, probe, tokens, first }: { url: string; probe: string; tokens: readonly string[]; first: number },
): Promise<Sample> {
  const listeners = startListeners();
  onEnd(() => listeners.stop());
  const resident = async () => (JSON.parse(await text(connect(probe))) as Memory).resident;
  await listeners.open({ url, tokens: tokens.slice(0, first), perSecond: OPEN_PER_SECOND });
  const before = await resident();
  await listeners.open({ url, tokens: tokens.slice(first), perSecond: OPEN_PER_SECOND });
  const grown = (await resident()) - before;
  listeners.stop();
  return { "a socket": grown / (tokens.length - first) / 1024 };
}
