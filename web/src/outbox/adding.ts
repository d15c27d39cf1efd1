import { say } from "../store/messages.ts";
import { me } from "../store/session.ts";
import { countReading, draft, editDraft } from "./draft.ts";

/** Adds picked, pasted or dropped files to the draft, with code that is loaded for it: most visits add none. */
export function addFiles(list: FileList | null | undefined): void {
  // A copy, since browsers empty the list.
  const files = [...(list ?? [])];
  const userId = me.value?.id;
  if (files.length === 0 || !userId) return;
  const { id } = draft.value;
  const done = countReading();
  import("./picking.ts")
    .then(({ attachFiles }) => attachFiles(files, id, userId))
    .catch(() => say("The file can't be read at the moment. Check your connection and try again.", "failed"))
    .finally(done);
}

/** Adds the device's location to the draft. It may take seconds, and the draft may be sent meanwhile. */
export async function addLocation(): Promise<void> {
  const { id } = draft.value;
  try {
    const { currentLocation } = await import("./current-location.ts");
    const location = await currentLocation();
    if (draft.value.id === id) editDraft({ location });
  } catch (error) {
    say(error instanceof Error ? error.message : "Your location couldn't be found.", "failed");
  }
}
