import { useState } from "preact/hooks";
import { explain } from "../../api/request.ts";
import { say } from "../../store/messages.ts";
import { push, type PushState, turnPushOff, turnPushOn } from "../../store/push.ts";

const WORDS: Record<PushState, string> = {
  unknown: "",
  unable: "This browser can't show push notifications, or the connection to this site isn't secure.",
  refused: "Notifications are blocked for this site. You can allow them in your browser's settings.",
  off: "Show mentions, followers and tweets on this device while Starling is closed.",
  on: "This device shows mentions, followers and tweets while Starling is closed.",
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
        <span>While I am away</span>
      </label>
      <p id="setting-push-note" class="muted">
        {WORDS[state]}
      </p>
    </section>
  );
}
