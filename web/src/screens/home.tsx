import { useEffect } from "preact/hooks";
import { Composer } from "../components/composer.tsx";
import { TopBar } from "../components/frame.tsx";
import { OutgoingTweets } from "../components/outgoing.tsx";
import { Empty } from "../components/states.tsx";
import { Suggestions } from "../components/suggestions.tsx";
import { TweetList } from "../components/tweet-list.tsx";
import { homeList } from "../store/home.ts";
import { useSignal } from "../store/signal.ts";

/** The feed of who is logged in. */
export function Home() {
  const list = homeList();
  const { loaded, ids } = useSignal(list.state);
  useEffect(() => {
    if (!list.state.value.loaded) list.refresh().catch(() => undefined);
  }, [list]);
  return (
    <>
      <TopBar title="Home" />
      {/* On a phone writing has a screen of its own. Who comes here for the first time finds the field at once. */}
      <div class={loaded && ids.length === 0 ? "inline-composer always" : "inline-composer"}>
        <Composer />
      </div>
      <OutgoingTweets />
      <TweetList
        list={list}
        label="Your feed"
        empty={
          <Empty title="It is quiet here yet">
            <p class="muted">Write your first tweet, or follow somebody: their tweets come in here, live.</p>
            <Suggestions most={5} title="Tweeting at the moment" />
            <a class="button quiet" href="/users">
              Find people
            </a>
          </Empty>
        }
      />
    </>
  );
}
