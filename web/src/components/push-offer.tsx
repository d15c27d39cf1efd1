import { useState } from "preact/hooks";
import { push } from "../store/push.ts";
import { readStored, writeStored } from "../store/stored.ts";
import { usePushChange } from "./push-change.ts";

const KEY = "starling:push-declined";

/** Offers push notifications until the user accepts or declines. The browser asks for permission only after a yes here. */
export function PushOffer() {
  const state = push.value;
  const { busy, failure, change } = usePushChange();
  const [declined, setDeclined] = useState(readStored<boolean>(KEY) === true);
  if (declined || (state !== "off" && failure === null)) return null;
  const decline = () => {
    writeStored(KEY, true);
    setDeclined(true);
  };
  return (
    <section class="offer" aria-label="Push notifications">
      <p>Get notified of mentions, new followers and tweets, even when Starling is closed?</p>
      <div class="offer-actions">
        {state === "off" && (
          <button type="button" class="button" aria-disabled={busy} onClick={() => change(true)}>
            Turn on
          </button>
        )}
        <button type="button" class="button quiet" onClick={decline}>
          Not now
        </button>
      </div>
      <p role="alert" class="push-failure">
        {failure}
      </p>
    </section>
  );
}
