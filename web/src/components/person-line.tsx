import type { Person, UserRef } from "../api/shapes.ts";
import { relationTo } from "../store/relations.ts";
import { me } from "../store/session.ts";
import { Avatar } from "./avatar.tsx";
import { FollowButton } from "./follow.tsx";

interface Props {
  user: UserRef & Partial<Person>;
  size?: "small" | "medium";
}

/** A user in a list, linked to the profile, with a button to follow where it is known whether one follows them. */
export function PersonLine({ user, size = "medium" }: Props) {
  const relation = relationTo(user);
  const mayFollow = me.value ? me.value.id !== user.id && relation !== undefined : true;
  return (
    <div class="person-line">
      <a class="person" href={`/user/${user.username}`}>
        <Avatar user={user} size={size} />
        <span class="person-names">
          <bdi class="author-name">{user.displayName}</bdi>
          <span class="person-handle">
            <span class="handle">@{user.username}</span>
            {relation?.followedBy && <span class="tag-note">Follows you</span>}
          </span>
          {user.bio && (
            <span class="person-bio" dir="auto">
              {user.bio}
            </span>
          )}
        </span>
      </a>
      {mayFollow && <FollowButton user={user} named />}
    </div>
  );
}
