import { announcement } from "../store/messages.ts";
import { me } from "../store/session.ts";
import { Composer } from "./composer.tsx";
import { Dialog } from "./dialog.tsx";
import { hide, openDialog } from "./dialogs.ts";
import { Icon } from "./icon.tsx";
import { later } from "./later.tsx";
import { loadOrSay } from "./load-or-say.ts";
import { Messages } from "./messages.tsx";

const Drafts = later(
  async () => (await loadOrSay(() => import("./drafts.tsx")))?.Drafts,
  () => hide("drafts"),
);
const Keys = later(
  async () => (await loadOrSay(() => import("./keys.tsx")))?.Keys,
  () => hide("keys"),
);

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
      {dialog === "keys" && <Keys />}
    </>
  );
}
