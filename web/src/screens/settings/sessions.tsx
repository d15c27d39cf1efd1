import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/api.ts";
import { explain } from "../../api/request.ts";
import type { SessionInfo } from "../../api/shapes.ts";
import { FullTime, TimeAgo } from "../../components/time.tsx";
import { navigate } from "../../router/router.ts";
import { say } from "../../store/messages.ts";
import { leavePush } from "../../store/push.ts";
import { me } from "../../store/session.ts";

/** The devices on which the account is logged in, and the buttons to log out. */
export function Sessions() {
  const [sessions, setSessions] = useState<readonly SessionInfo[]>([]);

  useEffect(() => {
    api.sessions().then(
      (found) => setSessions(found.sessions),
      (error: unknown) => say(explain(error), "failed"),
    );
  }, []);

  async function end(session: SessionInfo): Promise<void> {
    try {
      await api.endSession(session.id);
      setSessions((old) => old.filter(({ id }) => id !== session.id));
      say("Device logged out");
    } catch (error) {
      say(explain(error), "failed");
    }
  }

  async function leave(everywhere: boolean): Promise<void> {
    try {
      await leavePush().catch(() => undefined);
      await (everywhere ? api.logoutAll() : api.logout());
      me.value = null;
      navigate("/");
    } catch (error) {
      say(explain(error), "failed");
    }
  }

  return (
    <section class="setting" aria-labelledby="setting-sessions">
      <h2 id="setting-sessions">Devices</h2>
      <ul class="sessions">
        {sessions.map((session) => (
          <li key={session.id}>
            <span>
              <b>{deviceOf(session)}</b>
              {session.current ? (
                <span class="this-device">This device</span>
              ) : (
                <span class="muted">
                  Last seen: <TimeAgo at={session.lastSeenAt} />
                </span>
              )}
              <span class="muted">
                Logged in: <FullTime at={session.createdAt} />
              </span>
              {session.address !== null && <span class="muted">From the address {session.address}</span>}
            </span>
            {!session.current && (
              <button
                type="button"
                class="button quiet small"
                aria-label={`Log out ${deviceOf(session)}`}
                onClick={() => void end(session)}
              >
                Log out
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="setting-actions">
        <button type="button" class="button quiet" onClick={() => void leave(false)}>
          Log out
        </button>
        <button type="button" class="button quiet danger" onClick={() => void leave(true)}>
          Log out everywhere
        </button>
      </div>
    </section>
  );
}

/** For example `Firefox on Linux`. */
function deviceOf({ browser, system }: SessionInfo): string {
  if (browser === null) return "Unknown device";
  return system === null ? browser : `${browser} on ${system}`;
}
