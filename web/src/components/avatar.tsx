import { isBlank } from "../../../lib/invisible.ts";
import type { UserRef } from "../api/shapes.ts";
import { sameOriginUrl } from "./same-origin-url.ts";

/** A user's own hue, in degrees, derived from the id. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 65_521;
  // The golden angle spreads neighbouring ids over the colour wheel.
  return Math.round(hash * 137.508) % 360;
}

/** A user's picture, or their initial on their own colour. Decorative: the name is always beside it. */
export function Avatar({ user, size = "medium" }: { user: UserRef; size?: "small" | "medium" | "large" }) {
  const [letter = "?"] = new Intl.Segmenter().segment(
    isBlank(user.displayName) ? user.username : user.displayName.trim(),
  );
  const text = typeof letter === "string" ? letter : letter.segment;
  return user.avatarUrl ? (
    <img class={`avatar ${size}`} src={sameOriginUrl(user.avatarUrl)} alt="" loading="lazy" decoding="async" />
  ) : (
    <span class={`avatar ${size}`} style={{ "--hue": `${hueOf(user.id)}` }} aria-hidden="true">
      {text.toLocaleUpperCase()}
    </span>
  );
}
