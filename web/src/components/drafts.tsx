import { useEffect } from "preact/hooks";
import { draft, isEmpty, otherDrafts, removeDraft, showDraft, here } from "../outbox/draft.ts";
import { refreshDrafts } from "../outbox/other-drafts.ts";
import { Reading } from "./dialog.tsx";
import { hide, show } from "./dialogs.ts";
import { Icon } from "./icon.tsx";
import { TimeAgo } from "./time.tsx";

/** The list of drafts that no window shows: one can be written on or deleted. */
export function Drafts() {
  useEffect(refreshDrafts, []);
  const drafts = otherDrafts.value;
  return (
    <Reading label="Drafts" class="drafts" onClose={() => hide("drafts")}>
      {drafts.length === 0 && <p class="muted">No more drafts</p>}
      <ul>
        {drafts.map(({ id, text, files, editedAt }) => {
          const name = text.trim() || (files === 1 ? "One picture or video" : "Pictures");
          return (
            <li key={id}>
              <button type="button" class="draft" onClick={() => open(id)}>
                <span class="draft-text" dir="auto">
                  {name}
                </span>
              </button>
              <span class="muted">
                <TimeAgo at={editedAt} />
              </span>
              <button
                type="button"
                class="icon-button small"
                aria-label={`Delete the draft: ${name}`}
                onClick={() => {
                  removeDraft(id);
                  refreshDrafts();
                }}
              >
                <Icon name="close" size={16} />
              </button>
            </li>
          );
        })}
      </ul>
    </Reading>
  );
}

/** Shows the draft in the composer. What is written there takes its place in the list, and comes back after sending. */
function open(id: string): void {
  const current = isEmpty(draft.value) ? null : draft.value.id;
  showDraft(id);
  here.next = current;
  show("compose");
}
