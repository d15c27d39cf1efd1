import type { Socket } from "socket.io-client";
import type { Problem, Tweet } from "../api/shapes.ts";
import { homeList } from "../store/home.ts";
import { refreshNotifications } from "../store/notifications.ts";
import { knownProfile } from "../store/profiles.ts";
import { me, refreshSession } from "../store/session.ts";

/** After this long without an answer the connection counts as dead. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The most answers that are read in a row. A reader who missed more starts again from the newest page. */
const MOST_ANSWERS = 20;

interface SyncAnswer {
  tweets?: Tweet[];
  more?: boolean;
  error?: Problem;
}

/**
 * Brings everything on screen up to date after the live connection was down.
 *
 * @returns false when the connection is up but gave no answer
 */
export async function catchUp(socket: Socket, watched: ReadonlySet<string>): Promise<boolean> {
  try {
    await Promise.all([
      me.value ? syncHome(socket) : undefined,
      refreshNotifications(),
      ...[...watched].map((username) => knownProfile(username)?.list.refresh()),
    ]);
    return true;
  } catch {
    return !socket.connected;
  }
}

/** Reads all tweets since our newest one, then the newest page, which also shows what was deleted meanwhile. */
async function syncHome(socket: Socket): Promise<void> {
  const list = homeList();
  let after = list.state.value.loaded ? list.newest() : undefined;
  for (let answers = 0; after !== undefined && answers < MOST_ANSWERS; answers++) {
    const answer = (await socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck("sync", { after })) as SyncAnswer;
    if (answer.error?.status === 401) await refreshSession();
    const { tweets = [], more = false } = answer;
    list.add(tweets);
    const last = tweets.at(-1)?.id;
    after = more && last !== after ? last : undefined;
  }
  await list.refresh();
}
