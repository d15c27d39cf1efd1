/** The rest is shown once it is this small. */
const NEAR_CHARACTERS = 20;

/** How much room a field has, in words. @param left the characters left; negative if there are too many */
export function roomLeft(left: number): string {
  const count = Math.abs(left);
  return `${count} ${count === 1 ? "character" : "characters"} ${left < 0 ? "too many" : "left"}`;
}

/** Tells the room of a field that has no label below it, once there is little. */
export function CharactersLeft({ id, left }: { id: string; left: number }) {
  return left > NEAR_CHARACTERS ? null : (
    <span id={id} class={left < 0 ? "characters-left over" : "characters-left"}>
      {roomLeft(left)}
    </span>
  );
}
