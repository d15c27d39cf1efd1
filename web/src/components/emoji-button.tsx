import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { editDraft } from "../outbox/draft.ts";
import type { EmojiPicker } from "./emoji-picker.tsx";
import { Icon } from "./icon.tsx";
import { loadOrSay } from "./load-or-say.ts";

/** The button that opens the emojis, and puts the chosen one at the caret of the composer's text. */
export function EmojiButton({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const [open, setOpen] = useState<{ EmojiPicker: typeof EmojiPicker } | null>(null);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Add an emoji"
        title="Add an emoji"
        onClick={() => void loadOrSay(() => import("./emoji-picker.tsx")).then(setOpen)}
      >
        <Icon name="smile" />
      </button>
      {open && (
        <open.EmojiPicker
          onClose={() => setOpen(null)}
          onPick={(emoji) => {
            const text = field.current;
            if (!text) return;
            text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
            editDraft({ text: text.value });
            setOpen(null);
            // After the dialog has closed, which gives the focus back to the button.
            requestAnimationFrame(() => text.focus());
          }}
        />
      )}
    </>
  );
}
