import { api } from "../api/api.ts";
import { ApiError, explain } from "../api/request.ts";
import type { Tweet } from "../api/shapes.ts";
import { homeList } from "../store/home.ts";
import { say } from "../store/messages.ts";
import { countTweets, knownProfile } from "../store/profiles.ts";
import { forgetTweet, restoreTweet } from "../store/tweets.ts";
import { Confirm } from "./confirm.tsx";

/** Asks whether to delete the tweet, and does. @param onGone called when the reader deletes it */
export function DeleteTweet(props: { tweet: Tweet; onClose: () => void; onGone: () => void }) {
  return (
    <Confirm
      question="Delete this tweet?"
      detail="It will disappear from every timeline at once. This can't be undone."
      action="Delete"
      onNo={props.onClose}
      onYes={() => {
        props.onClose();
        void deleteTweet(props.tweet, props.onGone);
      }}
    />
  );
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
