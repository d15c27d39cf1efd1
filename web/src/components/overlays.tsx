import { announcement } from "../store/messages.ts";
import { Composer } from "./composer.tsx";
import { Dialog } from "./dialog.tsx";
import { hide, openDialog } from "./dialogs.ts";
import { Icon } from "./icon.tsx";
import { KEYS } from "./keyboard.ts";
import { Messages } from "./messages.tsx";

/** Everything above the screens: dialogs, toasts, and announcements for screen readers. */
export function Overlays() {
  const dialog = openDialog.value;
  const spoken = announcement.value;
  const closeComposer = () => hide("compose");
  const closeKeys = () => hide("keys");
  return (
    <>
      <Messages />
      <div class="unseen" aria-live="polite">
        {spoken}
      </div>
      {dialog === "compose" && (
        <Dialog label="Write a tweet" class="compose" onClose={closeComposer}>
          <div class="compose-bar">
            <button type="button" class="icon-button" aria-label="Close" onClick={closeComposer}>
              <Icon name="close" />
            </button>
          </div>
          <Composer focused onSent={closeComposer} />
        </Dialog>
      )}
      {dialog === "keys" && (
        <Dialog label="Keyboard shortcuts" class="keys" onClose={closeKeys}>
          <div class="dialog-body">
            <h2>Keyboard shortcuts</h2>
            <dl>
              {KEYS.map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
            <div class="dialog-actions">
              <button type="button" class="button quiet" onClick={closeKeys}>
                Close
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
