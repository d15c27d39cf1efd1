import { useEffect, useState } from "preact/hooks";
import { liveState } from "../live/connection.ts";
import { useSignal } from "../store/signal.ts";
import { Icon } from "./icon.tsx";

/** A connection that is back within this time, in milliseconds, was never worth a word. */
const GRACE = 1500;

/** Says so when the live connection is not fine. */
export function ConnectionBar() {
  const state = useSignal(liveState);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (state !== "lost") return setShown(false);
    const timer = setTimeout(() => setShown(true), GRACE);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div class="connection" role="status">
      {shown && (
        <p>
          <Icon name="cloudOff" size={18} />
          {navigator.onLine
            ? "The connection is lost. Trying to get it back…"
            : "You are offline. What you write is sent when you are back."}
        </p>
      )}
    </div>
  );
}
