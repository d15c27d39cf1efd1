import type { Socket } from "socket.io-client";
import type { Problem, Tweet } from "../api/shapes.ts";
import { homeList } from "../store/home.ts";
import { refreshNotifications } from "../store/notifications.ts";
import { knownProfile } from "../store/profiles.ts";
import { me, refreshSession } from "../store/session.ts";

/** How long an answer may take before the line counts as dead, in milliseconds. */
const PATIENCE = 10_000;
/** So many answers are read one after the other; who was away for longer begins anew at the top. */
const MOST_ANSWERS = 20;

interface SyncAnswer {
  tweets?: Tweet[];
  more?: boolean;
  error?: Problem;
}

/**
 * Brings everything on screen up to date after the live connection was away.
 *
 * @returns false when no answer came
 */
export async function catchUp(socket: Socket, watched: ReadonlySet<string>): Promise<boolean> {
  try {
    await Promise.all([
      me.value ? syncFeed(socket) : undefined,
      refreshNotifications(),
      ...[...watched].map((username) => knownProfile(username)?.list.refresh()),
    ]);
    return true;
  } catch {
    return !socket.connected;
  }
}

/** Reads what is newer than what we have, then the newest page, which also tells what is gone. */
async function syncFeed(socket: Socket): Promise<void> {
  const list = homeList();
  let after = list.state.value.loaded ? list.newest() : undefined;
  for (let answers = 0; after !== undefined && answers < MOST_ANSWERS; answers++) {
    const answer = (await socket.timeout(PATIENCE).emitWithAck("sync", { after })) as SyncAnswer;
    if (answer.error?.status === 401) await refreshSession();
    const { tweets = [], more = false } = answer;
    list.add(tweets);
    const last = tweets.at(-1)?.id;
    after = more && last !== after ? last : undefined;
  }
  await list.refresh();
}
