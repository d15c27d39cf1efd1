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
  // A dialog's own end may be told when a key has opened the other one already.
  const closing = (which: typeof dialog) => () => openDialog.update((open) => (open === which ? null : open));
  const closeComposer = closing("compose");
  const closeKeys = closing("keys");
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
        <Dialog label="Keyboard" class="keys" onClose={closeKeys}>
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
