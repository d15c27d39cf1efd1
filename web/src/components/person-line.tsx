import type { UserRef } from "../api/shapes.ts";
import { Avatar } from "./avatar.tsx";

/** A user in a list, linked to the profile. */
export function PersonLine({ user, size = "medium" }: { user: UserRef; size?: "small" | "medium" }) {
  return (
    <a class="person" href={`/user/${user.username}`}>
      <Avatar user={user} size={size} />
      <span class="person-names">
        <bdi class="author-name">{user.displayName}</bdi>
        <span class="handle">@{user.username}</span>
      </span>
    </a>
  );
}
