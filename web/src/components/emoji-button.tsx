import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { editDraft } from "../outbox/draft.ts";
import { Icon } from "./icon.tsx";
import { later } from "./later.tsx";
import { loadOrSay } from "./load-or-say.ts";

/** The button that opens the emojis, and puts the chosen one at the caret of the composer's text. */
export function EmojiButton({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Add an emoji"
        title="Add an emoji"
        onClick={() => setOpen(true)}
      >
        <Icon name="smile" />
      </button>
      {isOpen && (
        <EmojiPicker
          onClose={() => setOpen(false)}
          onPick={(emoji) => {
            const text = field.current;
            if (!text) return;
            text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
            editDraft({ text: text.value });
            setOpen(false);
            // After the dialog has closed, which gives the focus back to the button.
            requestAnimationFrame(() => text.focus());
          }}
        />
      )}
    </>
  );
}

const EmojiPicker = later(async () => (await loadOrSay(() => import("./emoji-picker.tsx")))?.EmojiPicker);
