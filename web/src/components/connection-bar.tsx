import { useEffect, useState } from "preact/hooks";
import { liveState } from "../live/connection.ts";
import { Icon } from "./icon.tsx";

/** Shorter interruptions are not reported. */
const GRACE_MS = 1500;

/** A bar that reports a lost connection. */
export function ConnectionBar() {
  const state = liveState.value;
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (state !== "lost") return setShown(false);
    const timer = setTimeout(() => setShown(true), GRACE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div class="connection" role="status">
      {shown && (
        <p>
          <Icon name="cloudOff" size={18} />
          {navigator.onLine
            ? "Connection lost. Reconnecting…"
            : "You're offline. What you write will be sent when you're back online."}
        </p>
      )}
    </div>
  );
}
