import { useState } from "preact/hooks";
import { api } from "../api/api.ts";
import { ApiError, explain } from "../api/request.ts";
import type { Tweet } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { homeList } from "../store/home.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { me } from "../store/session.ts";
import { useSignal } from "../store/signal.ts";
import { forgetTweet, restoreTweet } from "../store/tweets.ts";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

/** Gives the tweet's link away: through the device's own sheet where it has one, else to the clipboard. */
export async function shareTweet(tweet: Tweet): Promise<void> {
  const url = new URL(`/tweet/${tweet.id}`, location.href).href;
  const touch = matchMedia("(pointer: coarse)").matches;
  try {
    if (touch && "share" in navigator)
      await navigator.share({ url, text: `${tweet.author.displayName}: ${tweet.text}` });
    else await copy(url);
  } catch (error) {
    // Closing the sheet is no failure.
    if (!(error instanceof DOMException && error.name === "AbortError")) say(`The link is ${url}`);
  }
}

async function copy(url: string): Promise<void> {
  // Without TLS there is no clipboard: then the link is shown, to be copied by hand.
  if (!("clipboard" in navigator)) return say(`The link is ${url}`);
  await navigator.clipboard.writeText(url);
  say("The link is copied");
}

/** Deletes the tweet. It leaves the screen at once, and comes back if the server refuses. */
async function deleteTweet(tweet: Tweet, onGone: () => void): Promise<void> {
  forgetTweet(tweet.id);
  onGone();
  try {
    await api.deleteTweet(tweet.id);
    countTweets(tweet.author.username, -1);
    say("The tweet is deleted");
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    restoreTweet(tweet);
    homeList().add([tweet], { now: true });
    knownProfile(tweet.author.username)?.list.add([tweet], { now: true });
    say(`The tweet is still there. ${explain(error)}`, "failed");
  }
}

/** What can be done with a tweet. */
export function TweetActions({ tweet, onGone = () => undefined }: { tweet: Tweet; onGone?: () => void }) {
  const user = useSignal(me);
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
          detail="It leaves every feed and profile at once. This can't be undone."
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
