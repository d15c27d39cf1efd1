import { MAX_WEIGHT, weightedLength } from "../../../contract/weight.ts";
import { roomLeft } from "./characters-left.tsx";

const RADIUS = 10;
const LENGTH = 2 * Math.PI * RADIUS;
/** The number appears once this many characters are left. */
const NEAR = 20;

/** A ring that fills up with the tweet's length. Near the limit it also shows the number of characters left. */
export function Ring({ text }: { text: string }) {
  const used = weightedLength(text);
  const left = MAX_WEIGHT - used;
  const part = Math.min(used / MAX_WEIGHT, 1);
  const state = left < 0 ? "over" : left <= NEAR ? "near" : "";
  return (
    <span class={`ring ${state}`} role="img" aria-label={roomLeft(left)}>
      <svg viewBox="0 0 24 24" width="1.75rem" height="1.75rem" aria-hidden="true" focusable="false">
        <circle class="ring-ground" cx="12" cy="12" r={RADIUS} />
        <circle
          class="ring-used"
          cx="12"
          cy="12"
          r={RADIUS}
          stroke-dasharray={`${LENGTH}`}
          stroke-dashoffset={`${LENGTH * (1 - part)}`}
        />
      </svg>
      {left <= NEAR && <span class="ring-left">{left}</span>}
    </span>
  );
}
