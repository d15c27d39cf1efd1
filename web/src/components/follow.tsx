import { useState } from "preact/hooks";
import { explain } from "../api/request.ts";
import type { User, UserRef } from "../api/shapes.ts";
import { navigate } from "../router/router.ts";
import { say } from "../store/messages.ts";
import { follow, followLater, unfollow } from "../store/profiles.ts";
import { relationTo } from "../store/relations.ts";
import { me } from "../store/session.ts";
import { Icon } from "./icon.tsx";

type Listed = UserRef & Pick<User, "viewer">;

/**
 * Runs one change at a time. While one is busy, its buttons are `aria-disabled`: a disabled button would lose the focus.
 *
 * @returns whether a change is busy, and a function that runs one for `user`, or sends a visitor to sign up
 */
function useChange(user: Listed): [busy: boolean, run: (change: () => Promise<void>) => void] {
  const [busy, setBusy] = useState(false);
  const run = (change: () => Promise<void>) => {
    if (busy) return;
    if (!me.value) {
      followLater(user);
      return navigate("/signup");
    }
    setBusy(true);
    change()
      .catch((error: unknown) => say(explain(error), "failed"))
      .finally(() => setBusy(false));
  };
  return [busy, run];
}

/** Follow and unfollow, in one button that keeps the focus. @param named whether its name contains the user's, as in lists */
export function FollowButton({ user, named = false }: { user: Listed; named?: boolean }) {
  const [busy, run] = useChange(user);
  const { following = false, followedBy = false } = relationTo(user) ?? {};
  const name = user.displayName;
  const words = followedBy ? "Follow back" : "Follow";
  const label = following ? `Following ${name}` : followedBy ? `Follow back ${name}` : `Follow ${name}`;
  return (
    <button
      type="button"
      class={`button ${named ? "small" : ""} ${following || named ? "quiet" : ""} ${following ? "following" : ""}`}
      aria-disabled={busy}
      aria-label={named ? label : undefined}
      onClick={() => run(() => (following ? unfollow(user) : follow(user)))}
    >
      {following ? (
        <>
          <span class="when-still">Following</span>
          <span class="when-pointed">Unfollow</span>
        </>
      ) : (
        words
      )}
    </button>
  );
}

/** The button to follow, and the bell that turns notifications of the user's tweets on and off. */
export function FollowButtons({ user }: { user: Listed }) {
  const [busy, run] = useChange(user);
  const { following = false, notify = false } = relationTo(user) ?? {};
  return (
    <div class="follow">
      {following && (
        <button
          type="button"
          class="icon-button outlined"
          aria-pressed={notify}
          aria-label={`Notify me when ${user.displayName} tweets`}
          title={notify ? "Notifications on" : "Notifications off"}
          aria-disabled={busy}
          onClick={() => run(() => follow(user, !notify))}
        >
          <Icon name={notify ? "bell" : "bellOff"} size={20} />
        </button>
      )}
      <FollowButton user={user} />
    </div>
  );
}
