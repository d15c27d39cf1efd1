import { Reading } from "./dialog.tsx";
import { hide } from "./dialogs.ts";

/** All keyboard shortcuts, each with the keys to press one after the other, or other keys that do the same. */
const KEYS: readonly { keys: string[]; or?: string; does: string }[] = [
  { keys: ["j"], does: "Next tweet" },
  { keys: ["k"], does: "Previous tweet" },
  { keys: ["Enter"], does: "Open the tweet" },
  { keys: ["s"], does: "Share the tweet" },
  { keys: ["d"], or: "Delete", does: "Delete your tweet" },
  { keys: ["n"], does: "Write a tweet" },
  { keys: ["Ctrl+Enter"], does: "Send the tweet" },
  { keys: ["."], or: "l", does: "Load the latest tweets" },
  { keys: ["/"], does: "Find people" },
  { keys: ["g", "h"], does: "Go home" },
  { keys: ["g", "n"], does: "Go to notifications" },
  { keys: ["g", "p"], does: "Go to your profile" },
  { keys: ["g", "s"], does: "Go to settings" },
  { keys: ["←", "→"], does: "Previous or next picture" },
  { keys: ["Esc"], does: "Close the dialog or picture" },
  { keys: ["?"], does: "Show keyboard shortcuts" },
];

/** The dialog that lists the keyboard shortcuts. */
export function Keys() {
  return (
    <Reading label="Keyboard shortcuts" class="keys" onClose={() => hide("keys")}>
      <dl>
        {KEYS.map(({ keys, or, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
              {or !== undefined && (
                <>
                  or <kbd>{or}</kbd>
                </>
              )}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">You can turn off those of a single key in the settings.</p>
    </Reading>
  );
}
