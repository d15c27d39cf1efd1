import { useEffect, useState } from "preact/hooks";
import { tweetTitle } from "../../../contract/titles.ts";
import { api } from "../api/api.ts";
import { ApiError, explain } from "../api/request.ts";
import { Avatar } from "../components/avatar.tsx";
import { TopBar } from "../components/frame.tsx";
import { MediaGrid } from "../components/media-grid.tsx";
import { RichText } from "../components/rich-text.tsx";
import { Failed, Loading } from "../components/states.tsx";
import { FullTime } from "../components/time.tsx";
import { TweetActions } from "../components/tweet-actions.tsx";
import { Place } from "../components/tweet-card.tsx";
import { watch } from "../live/connection.ts";
import { goBack } from "../router/router.ts";
import { useScreenTitle } from "../router/title.ts";
import { forgetTweet, isDeleted, keepTweets, tweetOf } from "../store/tweets.ts";
import { Missing } from "./missing.tsx";

/** A single tweet. If it is deleted while somebody reads it, it disappears at once. */
export function TweetScreen({ id: address }: { id: string }) {
  const [{ id }, setRead] = useState({ id: address });
  const [trouble, setTrouble] = useState<unknown>(null);
  const tweet = tweetOf(id);

  async function read(): Promise<void> {
    setTrouble(null);
    try {
      const found = await api.tweet(address);
      keepTweets([found]);
      setRead({ id: found.id });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) forgetTweet(address);
      setTrouble(error);
    }
  }

  useEffect(() => {
    void read();
  }, [address]);

  const author = tweet?.author.username;
  useEffect(() => (author ? watch(author) : undefined), [author]);

  useScreenTitle(isDeleted(id) ? "Not found" : tweet ? tweetTitle(tweet) : null);
  if (isDeleted(id)) {
    return (
      <Missing title="This tweet isn't available" detail="Its author may have deleted it, or the link is incomplete." />
    );
  }
  return (
    <>
      <TopBar back title="Tweet" />
      {tweet ? (
        <article class="one-tweet" aria-labelledby={`by-${id}`}>
          <a class="one-author" id={`by-${id}`} href={`/user/${tweet.author.username}`}>
            <Avatar user={tweet.author} />
            <span class="person-names">
              <bdi class="author-name">{tweet.author.displayName}</bdi>
              <span class="handle">@{tweet.author.username}</span>
            </span>
          </a>
          {tweet.text && <RichText class="one-text" text={tweet.text} lang={tweet.metadata.lang} />}
          <MediaGrid tweet={tweet} />
          <p class="one-meta">
            <FullTime at={tweet.createdAt} />
            {tweet.metadata.client && <span> · {tweet.metadata.client}</span>}
          </p>
          {tweet.location && <Place tweet={tweet} />}
          <TweetActions tweet={tweet} onGone={goBack} />
        </article>
      ) : trouble === null ? (
        <Loading />
      ) : (
        <Failed message={explain(trouble)} onRetry={() => void read()} />
      )}
    </>
  );
}
