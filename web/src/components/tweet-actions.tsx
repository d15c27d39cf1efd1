import { useState } from "preact/hooks";
import type { Tweet } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { me } from "../store/session.ts";
import type { DeleteTweet } from "./delete-tweet.tsx";
import { Icon } from "./icon.tsx";
import { loadOrSay } from "./load-or-say.ts";

/** Shares the tweet's link: through the share sheet on a touch device, otherwise through the clipboard. */
async function shareTweet(tweet: Tweet): Promise<void> {
  const url = new URL(`/tweet/${tweet.id}`, location.href).href;
  const touch = matchMedia("(pointer: coarse)").matches;
  try {
    if (touch && "share" in navigator)
      await navigator.share({ url, text: `${tweet.author.displayName}: ${tweet.text}` });
    else await copy(url);
  } catch (error) {
    // Closing the share sheet throws an AbortError, which is no failure.
    if (!(error instanceof DOMException && error.name === "AbortError")) say(`Copy this link: ${url}`);
  }
}

async function copy(url: string): Promise<void> {
  // Browsers offer the clipboard over TLS only. Otherwise show the link, so that it can be copied by hand.
  if (!("clipboard" in navigator)) return say(`Copy this link: ${url}`);
  await navigator.clipboard.writeText(url);
  say("Link copied");
}

/** The buttons of a tweet. @param onGone called when the reader deletes it */
export function TweetActions({ tweet, onGone = () => undefined }: { tweet: Tweet; onGone?: () => void }) {
  const user = me.value;
  const [asking, setAsking] = useState<{ DeleteTweet: typeof DeleteTweet } | null>(null);
  return (
    <div class="tweet-actions">
      <button
        type="button"
        class="icon-button"
        data-action="share"
        aria-label="Share"
        title="Share"
        onClick={() => void shareTweet(tweet)}
      >
        <Icon name="share" size={18} />
      </button>
      {user?.id === tweet.author.id && (
        <button
          type="button"
          class="icon-button"
          data-action="delete"
          aria-label="Delete"
          title="Delete"
          onClick={() => void loadOrSay(() => import("./delete-tweet.tsx")).then(setAsking)}
        >
          <Icon name="trash" size={18} />
        </button>
      )}
      {asking && <asking.DeleteTweet tweet={tweet} onGone={onGone} onClose={() => setAsking(null)} />}
    </div>
  );
}
