import { useState } from "preact/hooks";
import { explain } from "../../api/request.ts";
import { say } from "../../store/messages.ts";
import { push, type PushState, turnPushOff, turnPushOn } from "../../store/push.ts";

const WORDS: Record<PushState, string> = {
  unknown: "",
  unable: "This browser doesn't support push notifications, or the connection to this site isn't secure.",
  refused: "Notifications are blocked for this site. You can allow them in your browser's settings.",
  off: "Get notified of mentions, new followers and tweets, even when Starling is closed.",
  on: "You'll be notified of mentions, new followers and tweets, even when Starling is closed.",
};

export function PushSetting() {
  const state = push.value;
  const [busy, setBusy] = useState(false);

  function change(turn: () => Promise<void>): void {
    setBusy(true);
    turn()
      .catch((error: unknown) => say(explain(error), "failed"))
      .finally(() => setBusy(false));
  }

  return (
    <section class="setting" aria-labelledby="setting-push">
      <h2 id="setting-push">Notifications</h2>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          // During the change the switch shows the new position.
          checked={(state === "on") !== busy}
          disabled={busy || (state !== "on" && state !== "off")}
          aria-describedby="setting-push-note"
          onChange={(event) => change(event.currentTarget.checked ? turnPushOn : turnPushOff)}
        />
        <span>Push notifications on this device</span>
      </label>
      <p id="setting-push-note" class="muted">
        {WORDS[state]}
      </p>
    </section>
  );
}
