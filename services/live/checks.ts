import type { ServiceBroker } from "moleculer";
import { call } from "../../contract/call.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Connections } from "./connections.ts";
import { inSlices } from "./slices.ts";

/** Sessions per call of a check: enough to save calls, few enough for a short query. */
const SESSIONS_PER_CALL = 500;
/** Users are checked at this pace: 20,000 in half a minute, beside all other work. */
const USERS_PACE = { atOnce: 50, everyMs: 50 };
/** After this many failures in a row the store is down, and every further check would only wait for it. */
const FAILURES_LIMIT = 5;

/** Checks the sessions and the follows of all connections against the store, in case messages about them were lost. */
export function createChecks(broker: ServiceBroker, connections: Connections) {
  /** The users whose turn did not come, because the store was down. They come first the next time. */
  let left: readonly string[] = [];

  async function checkSessions(sessionIds: string[]): Promise<void> {
    const live = new Set(await call(broker, "users.liveSessions", { sessionIds }));
    connections.endSessions(sessionIds.filter((id) => !live.has(id)));
  }

  return async function checkAll(): Promise<void> {
    let failuresInARow = 0;
    const attempt = async (check: () => Promise<void>): Promise<boolean> => {
      if (failuresInARow >= FAILURES_LIMIT) return false;
      try {
        await check();
        failuresInARow = 0;
        return true;
      } catch (error) {
        failuresInARow++;
        broker.logger.debug("A live connection could not be checked, trying again later:", messageOf(error));
        return false;
      }
    };
    const sessionIds = connections.sessionIds();
    for (let at = 0; at < sessionIds.length; at += SESSIONS_PER_CALL) {
      await attempt(() => checkSessions(sessionIds.slice(at, at + SESSIONS_PER_CALL)));
    }
    const failed: string[] = [];
    await inSlices(new Set([...left, ...connections.userIds()]), USERS_PACE, async (userId) => {
      if (!(await attempt(() => connections.check(userId)))) failed.push(userId);
    });
    left = failed;
  };
}
