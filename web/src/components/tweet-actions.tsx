import { useState } from "preact/hooks";
import { api } from "../api/api.ts";
import { ApiError, explain } from "../api/request.ts";
import type { Tweet } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { homeList } from "../store/home.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { me } from "../store/session.ts";
import { forgetTweet, restoreTweet } from "../store/tweets.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

/** Shares the tweet's link: through the share sheet on a touch device, otherwise through the clipboard. */
export async function shareTweet(tweet: Tweet): Promise<void> {
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

/** Deletes the tweet. It disappears at once, and comes back if the request fails. */
async function deleteTweet(tweet: Tweet, onGone: () => void): Promise<void> {
  forgetTweet(tweet.id);
  onGone();
  try {
    await api.deleteTweet(tweet.id);
    countTweets(tweet.author.username, -1);
    say("Tweet deleted");
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    restoreTweet(tweet);
    homeList().add([tweet], { now: true });
    knownProfile(tweet.author.username)?.list.add([tweet], { now: true });
    say(`The tweet wasn't deleted. ${explain(error)}`, "failed");
  }
}

/** The buttons below a tweet. @param onGone called when the reader deletes it */
export function TweetActions({ tweet, onGone = () => undefined }: { tweet: Tweet; onGone?: () => void }) {
  const user = me.value;
  const [asking, setAsking] = useState(false);
  return (
    <div class="tweet-actions">
      <button type="button" class="icon-button" aria-label="Share" title="Share" onClick={() => void shareTweet(tweet)}>
        <Icon name="share" size={18} />
      </button>
      {user?.id === tweet.author.id && (
        <button type="button" class="icon-button" aria-label="Delete" title="Delete" onClick={() => setAsking(true)}>
          <Icon name="trash" size={18} />
        </button>
      )}
      {asking && (
        <Confirm
          question="Delete this tweet?"
          detail="It will disappear from every timeline at once. This can't be undone."
          action="Delete"
          onNo={() => setAsking(false)}
          onYes={() => {
            setAsking(false);
            void deleteTweet(tweet, onGone);
          }}
        />
      )}
    </div>
  );
}
