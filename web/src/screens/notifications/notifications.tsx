import { useEffect } from "preact/hooks";
import { TopBar } from "../../components/frame.tsx";
import { useSentinel } from "../../components/sentinel.ts";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { place } from "../../router/router.ts";
import { routeOf } from "../../router/routes.ts";
import { inbox, unread } from "../../store/notifications.ts";
import { me } from "../../store/session.ts";
import { SilencedNote } from "./bell.tsx";
import { PushOffer } from "../../components/push-offer.tsx";
import { NotificationRow } from "./row.tsx";
import { foldRows } from "./rows.ts";
import { silenced } from "./silenced.ts";

/** Several notifications share a row, so more are read at a time than a page of tweets has. */
const PAGE = 50;

/** The notifications. Opening the screen marks all of them as read. */
export function Notifications() {
  const onlyMentions = routeOf(place.value.path).screen === "mentions";
  const list = onlyMentions ? inbox.mentions : inbox.all;
  const { items, next, status, error, loaded } = list.state.value;
  const end = useSentinel(() => {
    if (next !== null && status === "idle") void list.more();
  });
  useEffect(() => void list.refresh(PAGE), [list]);
  useEffect(() => leave, []);
  useMarkAsRead();

  return (
    <>
      <TopBar title="Notifications" />
      <nav class="tabs" aria-label="Kinds of notifications">
        <a href="/notifications" aria-current={onlyMentions ? undefined : "page"}>
          All
        </a>
        <a href="/notifications/mentions" aria-current={onlyMentions ? "page" : undefined}>
          Mentions
        </a>
      </nav>
      <PushOffer />
      <ul class="notifications" aria-label={onlyMentions ? "Mentions" : "Notifications"}>
        {withNotes(onlyMentions)}
      </ul>
      {status === "loading" && items.length === 0 && <Loading />}
      {status === "failed" && (
        <Failed message={error} onRetry={() => void (items.length > 0 ? list.more() : list.refresh(PAGE))} />
      )}
      {loaded && items.length === 0 && status === "idle" && (onlyMentions ? <NoMentions /> : <Nothing />)}
      <div ref={end} />
    </>
  );
}

/** The rows, and the notes about bells that were turned off, each in its place. */
function withNotes(onlyMentions: boolean) {
  if (onlyMentions) {
    return foldRows(inbox.mentions.state.value.items).map((row) => <NotificationRow key={row.key} row={row} />);
  }
  const rows = foldRows(inbox.all.state.value.items).map((row) => ({
    at: row.items[0].id,
    line: <NotificationRow key={row.key} row={row} />,
  }));
  const notes = silenced.value.map((note) => ({
    at: note.at,
    line: <SilencedNote key={`off-${note.user.id}`} note={note} />,
  }));
  return [...rows, ...notes].sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? 1 : -1)).map(({ line }) => line);
}

function Nothing() {
  return (
    <Empty title="Nothing here yet">
      <p class="muted">Mentions, new followers, and tweets from people you follow will appear here.</p>
      <p class="muted">To hear less from somebody, turn off the bell on their profile.</p>
    </Empty>
  );
}

function NoMentions() {
  return (
    <Empty title="No mentions yet">
      <p class="muted">Tweets that mention @{me.value?.username} will appear here.</p>
    </Empty>
  );
}

/** Marks notifications as read while the screen is visible, those that arrive live as well. */
function useMarkAsRead(): void {
  const count = unread.value;
  const { loaded } = inbox.all.state.value;
  useEffect(() => {
    const mark = () => {
      // A failure needs no message: the badge is back after the next read of the list.
      if (loaded && count > 0 && document.visibilityState === "visible") inbox.markAllRead().catch(() => undefined);
    };
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [loaded, count]);
}

function leave(): void {
  inbox.unmark();
  silenced.value = [];
}
