import type { UserRef } from "../api/shapes.ts";
import { localAddress } from "./local-address.ts";

/** A person's own colour, from their id: an angle in degrees. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 65_521;
  // By the golden angle, so that ids that are near to each other are not so in colour.
  return Math.round(hash * 137.508) % 360;
}

/** A person's picture, or the first letter of their name on their own colour. Their name stands beside it always. */
export function Avatar({ user, size = "medium" }: { user: UserRef; size?: "small" | "medium" | "large" }) {
  const [letter = "?"] = new Intl.Segmenter().segment(user.displayName.trim() || user.username);
  const text = typeof letter === "string" ? letter : letter.segment;
  return user.avatarUrl ? (
    <img class={`avatar ${size}`} src={localAddress(user.avatarUrl)} alt="" loading="lazy" decoding="async" />
  ) : (
    <span class={`avatar ${size}`} style={{ "--hue": `${hueOf(user.id)}` }} aria-hidden="true">
      {text.toLocaleUpperCase()}
    </span>
  );
}
