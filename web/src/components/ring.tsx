import { MAX_WEIGHT, weightedLength } from "../text/count.ts";

const RADIUS = 10;
const LENGTH = 2 * Math.PI * RADIUS;
/** From here on the number of characters left is shown. */
const NEAR = 20;

/** How much of the room for a tweet is used, as a ring; a number when it gets tight. */
export function Ring({ text }: { text: string }) {
  const used = weightedLength(text);
  const left = MAX_WEIGHT - used;
  const part = Math.min(used / MAX_WEIGHT, 1);
  const state = left < 0 ? "over" : left <= NEAR ? "near" : "";
  return (
    <span
      class={`ring ${state}`}
      role="img"
      aria-label={left < 0 ? `${-left} characters too many` : `${left} characters left`}
    >
      <svg viewBox="0 0 24 24" width={28} height={28} aria-hidden="true" focusable="false">
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
