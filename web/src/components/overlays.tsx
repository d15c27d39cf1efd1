import { announcement } from "../store/messages.ts";
import { me } from "../store/session.ts";
import { Composer } from "./composer.tsx";
import { Dialog, Reading } from "./dialog.tsx";
import { hide, openDialog } from "./dialogs.ts";
import { Icon } from "./icon.tsx";
import { KEYS } from "./keyboard.ts";
import { later } from "./later.tsx";
import { Messages } from "./messages.tsx";

const Drafts = later(async () => (await import("./drafts.tsx")).Drafts);

/** Everything above the screens: dialogs, toasts, and announcements for screen readers. */
export function Overlays() {
  // Nothing may cover the login form when the session has ended.
  const dialog = me.value || openDialog.value === "keys" ? openDialog.value : null;
  const spoken = announcement.value;
  const closeComposer = () => hide("compose");
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
      {dialog === "drafts" && <Drafts />}
      {dialog === "keys" && (
        <Reading label="Keyboard shortcuts" class="keys" onClose={() => hide("keys")}>
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
        </Reading>
      )}
    </>
  );
}
