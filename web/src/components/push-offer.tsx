import { useState } from "preact/hooks";
import { explain } from "../api/request.ts";
import { say } from "../store/messages.ts";
import { push, turnPushOn } from "../store/push.ts";
import { readStored, writeStored } from "../store/stored.ts";
import { useSignal } from "../store/signal.ts";

const KEY = "starling:push-declined";

/** Offers, once, to be told when the page is closed. Nobody is asked before they have seen what it is about. */
export function PushOffer() {
  const state = useSignal(push);
  const [declined, setDeclined] = useState(readStored<boolean>(KEY) === true);
  if (state !== "off" || declined) return null;
  const decline = () => {
    writeStored(KEY, true);
    setDeclined(true);
  };
  return (
    <section class="offer" aria-label="Notifications while you are away">
      <p>Be told of mentions, followers and tweets while Starling is closed?</p>
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
