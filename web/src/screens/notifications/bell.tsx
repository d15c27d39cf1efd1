import { useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../../api/request.ts";
import type { UserRef } from "../../api/shapes.ts";
import { Icon } from "../../components/icon.tsx";
import { say } from "../../store/messages.ts";
import { silence, type Silenced, unsilence } from "./silenced.ts";

/** Runs one change at a time, and says why it failed. The button stays focusable meanwhile. */
function useChange(change: () => Promise<void>): { busy: boolean; run: () => void } {
  const [busy, setBusy] = useState(false);
  function run(): void {
    if (busy) return;
    setBusy(true);
    change()
      .catch((error: unknown) => say(explain(error), "failed"))
      .finally(() => setBusy(false));
  }
  return { busy, run };
}

/** Turns an author's bell off. @param at the newest of their tweets in this row */
export function BellOff({ user, at }: { user: UserRef; at: string }) {
  const { busy, run } = useChange(() => silence(user, at));
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Stop notifications of ${user.displayName}'s tweets`}
      title="Stop notifications of these tweets"
      aria-disabled={busy}
      onClick={run}
    >
      <Icon name="bell" size={20} />
    </button>
  );
}

/** Stands in place of the tweets of an author whose bell was turned off, with the way back. */
export function SilencedNote({ note: { user } }: { note: Silenced }) {
  const undo = useRef<HTMLButtonElement>(null);
  const { busy, run } = useChange(async () => {
    await unsilence(user);
    // The button is gone, and with it the reader's place.
    document.getElementById("main")?.focus({ preventScroll: true });
  });
  useEffect(() => undo.current?.focus(), []);
  const id = `silenced-${user.id}`;
  return (
    <li class="silenced">
      <span class="notification-kind">
        <Icon name="bellOff" size={20} />
      </span>
      <p id={id}>
        You won't be notified of tweets by <bdi class="author-name">{user.displayName}</bdi>.
      </p>
      <button
        ref={undo}
        type="button"
        class="button quiet small"
        aria-describedby={id}
        aria-disabled={busy}
        onClick={run}
      >
        Undo
      </button>
    </li>
  );
}
