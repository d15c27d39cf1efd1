import { show } from "../../components/dialogs.ts";
import { singleKeys } from "../../store/settings.ts";

export function Shortcuts() {
  return (
    <section class="setting" aria-labelledby="setting-keyboard">
      <h2 id="setting-keyboard">Keyboard</h2>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={singleKeys.value}
          aria-describedby="setting-keyboard-note"
          onChange={(event) => (singleKeys.value = event.currentTarget.checked)}
        />
        <span>Single-key shortcuts on this device</span>
      </label>
      <p id="setting-keyboard-note" class="muted">
        Letters and marks such as j, n and / are commands outside text fields. Turn this off if you control the device
        by voice.
      </p>
      <button type="button" class="button quiet" onClick={() => show("keys")}>
        Show keyboard shortcuts
      </button>
    </section>
  );
}
