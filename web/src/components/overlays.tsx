import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { announcement } from "../store/messages.ts";
import { Composer } from "./composer.tsx";
import { Dialog } from "./dialog.tsx";
import { hide, openDialog } from "./dialogs.ts";
import { Icon } from "./icon.tsx";
import { loadOrSay } from "./load-or-say.ts";
import { Messages } from "./messages.tsx";

/** Everything above the screens: dialogs, toasts, and announcements for screen readers. */
export function Overlays() {
  const dialog = openDialog.value;
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
      {dialog === "keys" && <KeysLater />}
    </>
  );
}

/** The dialog of keyboard shortcuts, whose code is loaded when somebody asks for it. */
function KeysLater() {
  const [loaded, setLoaded] = useState<{ Keys: ComponentType } | null>(null);
  useEffect(() => {
    void loadOrSay(() => import("./keys.tsx")).then((found) => (found ? setLoaded(found) : hide("keys")));
  }, []);
  return loaded && <loaded.Keys />;
}
