import { useEffect } from "preact/hooks";
import { Composer } from "../components/composer.tsx";
import { FindPeople } from "../components/find-people.tsx";
import { TopBar } from "../components/frame.tsx";
import { OutgoingTweets } from "../components/outgoing.tsx";
import { Empty } from "../components/states.tsx";
import { TweetList } from "../components/tweet-list.tsx";
import { homeList } from "../store/home.ts";

/** The feed of who is logged in. */
export function Home() {
  const list = homeList();
  useEffect(() => {
    if (!list.state.value.loaded) list.refresh().catch(() => undefined);
  }, [list]);
  return (
    <>
      <TopBar title="Home" />
      <div class="inline-composer">
        <Composer />
      </div>
      <OutgoingTweets />
      <TweetList
        list={list}
        label="Your feed"
        empty={
          <Empty title="It is quiet here yet">
            <p class="muted">Write your first tweet, or follow somebody: their tweets come in here, live.</p>
            <FindPeople label="Find somebody to follow" />
          </Empty>
        }
      />
    </>
  );
}
