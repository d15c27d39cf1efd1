import { announcement } from "../store/messages.ts";
import { useSignal } from "../store/signal.ts";
import { Composer } from "./composer.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import { KEYS, openDialog } from "./keyboard.ts";
import { Messages } from "./messages.tsx";

/** What lies over the screens: dialogs, short messages, and what only a screen reader hears. */
export function Overlays() {
  const dialog = useSignal(openDialog);
  const spoken = useSignal(announcement);
  const close = () => openDialog.set(null);
  return (
    <>
      <Messages />
      <div class="unseen" aria-live="polite">
        {spoken}
      </div>
      {dialog === "compose" && (
        <Dialog label="Write a tweet" class="compose" onClose={close}>
          <div class="compose-bar">
            <button type="button" class="icon-button" aria-label="Close" onClick={close}>
              <Icon name="close" />
            </button>
          </div>
          <Composer focused onSent={close} />
        </Dialog>
      )}
      {dialog === "keys" && (
        <Dialog label="Keyboard" class="keys" onClose={close}>
          <div class="dialog-body">
            <h2>Keyboard</h2>
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
              <button type="button" class="button quiet" onClick={close}>
                Close
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
