import { useState } from "preact/hooks";
import { explain } from "../api/request.ts";
import { say } from "../store/messages.ts";
import { push, turnPushOn } from "../store/push.ts";
import { readStored, writeStored } from "../store/stored.ts";

const KEY = "starling:push-declined";

/** Offers push notifications until the user accepts or declines. The browser asks for permission only after a yes here. */
export function PushOffer() {
  const state = push.value;
  const [declined, setDeclined] = useState(readStored<boolean>(KEY) === true);
  if (state !== "off" || declined) return null;
  const decline = () => {
    writeStored(KEY, true);
    setDeclined(true);
  };
  return (
    <section class="offer" aria-label="Push notifications">
      <p>Get notified of mentions, new followers and tweets, even when Starling is closed?</p>
      <div class="offer-actions">
        <button
          type="button"
          class="button"
          onClick={() => void turnPushOn().catch((error: unknown) => say(explain(error), "failed"))}
        >
          Turn on
        </button>
        <button type="button" class="button quiet" onClick={decline}>
          Not now
        </button>
      </div>
    </section>
  );
}
