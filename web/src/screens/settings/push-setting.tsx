import { useEffect } from "preact/hooks";
import { pushObstacle, usePushChange } from "../../components/push-change.ts";
import { push, readPushState } from "../../store/push.ts";

export function PushSetting() {
  const state = push.value;
  const { busy, failure, change } = usePushChange();
  useEffect(watchPermission, []);
  const isPossible = state === "on" || state === "off";
  const words =
    state === "on"
      ? "You'll be notified of mentions, new followers and tweets, even when Starling is closed."
      : "Get notified of mentions, new followers and tweets, even when Starling is closed.";

  return (
    <section class="setting" aria-labelledby="setting-push">
      <h2 id="setting-push">Notifications</h2>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          // During the change the switch shows the new position.
          checked={(state === "on") !== busy}
          disabled={!isPossible}
          aria-disabled={busy}
          aria-describedby="setting-push-note"
          onClick={(event) => {
            if (busy) event.preventDefault();
          }}
          onChange={(event) => change(event.currentTarget.checked)}
        />
        <span>Push notifications on this device</span>
      </label>
      <p id="setting-push-note" class="muted">
        {failure === null && (pushObstacle(state) ?? words)}
      </p>
      <p role="alert" class="push-failure">
        {failure}
      </p>
    </section>
  );
}

/** Follows changes of the permission in the browser's own settings. */
function watchPermission(): () => void {
  let permission: PermissionStatus | undefined;
  const read = () => void readPushState().catch(() => undefined);
  navigator.permissions?.query({ name: "notifications" }).then(
    (found) => {
      permission = found;
      found.addEventListener("change", read);
    },
    // Without this the state is read when the page is opened.
    () => undefined,
  );
  return () => permission?.removeEventListener("change", read);
}
