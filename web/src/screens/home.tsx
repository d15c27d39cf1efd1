import { useEffect, useRef } from "preact/hooks";
import { Composer } from "../components/composer.tsx";
import { TopBar } from "../components/frame.tsx";
import { later } from "../components/later.tsx";
import { Empty } from "../components/states.tsx";
import { Suggestions } from "../components/suggestions.tsx";
import { TweetList } from "../components/tweet-list.tsx";
import { outbox } from "../outbox/entries.ts";
import { homeList } from "../store/home.ts";

const OutgoingTweets = later(async () => (await import("../components/outgoing.tsx")).OutgoingTweets);

/** The home timeline. */
export function Home() {
  const list = homeList();
  const { loaded, ids } = list.state.value;
  useEffect(() => {
    if (!list.state.value.loaded) list.refresh().catch(() => undefined);
  }, [list]);
  // Suggestions stay when the first follow brings tweets: the reader may want to follow more, and keeps the focus.
  const wasEmpty = useRef(false);
  wasEmpty.current ||= loaded && ids.length === 0;
  return (
    <>
      <TopBar title="Home" />
      {/* Phones open the composer in a dialog. Newcomers, whose timeline is empty, see it here at once. */}
      <div class={loaded && ids.length === 0 ? "inline-composer always" : "inline-composer"}>
        <Composer />
      </div>
      {outbox.value.length > 0 && <OutgoingTweets />}
      {wasEmpty.current && (
        <div class="first-people">
          <Suggestions most={5} title="Active now" />
        </div>
      )}
      <TweetList
        list={list}
        label="Your feed"
        empty={
          <Empty title="Nothing here yet">
            <p class="muted">
              Write your first tweet, or follow people: their tweets will appear here as they are posted.
            </p>
            <a class="button quiet" href="/users">
              Find people
            </a>
          </Empty>
        }
      />
    </>
  );
}
