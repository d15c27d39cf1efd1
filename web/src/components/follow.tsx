import { useState } from "preact/hooks";
import { explain } from "../api/request.ts";
import type { User } from "../api/shapes.ts";
import { navigate } from "../router/router.ts";
import { say } from "../store/messages.ts";
import { follow, followLater, unfollow } from "../store/profiles.ts";
import { me } from "../store/session.ts";
import { Icon } from "./icon.tsx";

/** Follow and unfollow, and the bell that turns notifications of the user's tweets on and off. */
export function FollowButtons({ user }: { user: User }) {
  const self = me.value;
  const [busy, setBusy] = useState(false);
  const { following = false, notify = false } = user.viewer ?? {};

  function run(change: () => Promise<void>): void {
    if (!self) {
      followLater(user);
      return navigate("/signup");
    }
    if (busy) return;
    setBusy(true);
    change()
      .catch((error: unknown) => say(explain(error), "failed"))
      .finally(() => setBusy(false));
  }

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
      {following ? (
        <button
          type="button"
          class="button quiet following"
          aria-disabled={busy}
          onClick={() => run(() => unfollow(user))}
        >
          <span class="when-still">Following</span>
          <span class="when-pointed">Unfollow</span>
        </button>
      ) : (
        <button type="button" class="button" aria-disabled={busy} onClick={() => run(() => follow(user))}>
          {user.viewer?.followedBy ? "Follow back" : "Follow"}
        </button>
      )}
    </div>
  );
}
