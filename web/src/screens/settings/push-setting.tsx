import { useState } from "preact/hooks";
import { explain } from "../../api/request.ts";
import { say } from "../../store/messages.ts";
import { push, type PushState, turnPushOff, turnPushOn } from "../../store/push.ts";
import { useSignal } from "../../store/signal.ts";

const WORDS: Record<PushState, string> = {
  unknown: "",
  unable: "This browser can't show notifications while Starling is closed, or not at this address.",
  refused: "The browser was told not to show notifications from here. Its settings for this site change that.",
  off: "Mentions, followers and tweets, shown by this device while Starling is closed.",
  on: "This device shows mentions, followers and tweets while Starling is closed.",
};

export function PushSetting() {
  const state = useSignal(push);
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
          // While it is under way it stands as it was put.
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
