import { discard, flush, type Outgoing, outbox, stuck, takeBack } from "../outbox/outbox.ts";
import { me } from "../store/session.ts";
import { useSignal } from "../store/signal.ts";
import { Preview } from "./attachment-row.tsx";
import { Avatar } from "./avatar.tsx";
import { openDialog } from "./keyboard.ts";
import { RichText } from "./rich-text.tsx";

/** The tweets that were written here and are on their way: shown at once, and what becomes of them. */
export function OutgoingTweets() {
  const user = useSignal(me);
  const entries = useSignal(outbox).filter(({ userId }) => userId === user?.id);
  if (entries.length === 0) return null;
  return (
    <div class="outgoing-list">
      {[...entries].reverse().map((entry) => (
        <OutgoingTweet key={entry.key} entry={entry} />
      ))}
    </div>
  );
}

function OutgoingTweet({ entry }: { entry: Outgoing }) {
  const user = useSignal(me);
  if (!user) return null;
  return (
    <article class="tweet outgoing" aria-label="A tweet of yours that is not sent yet">
      <span class="tweet-face">
        <Avatar user={user} />
      </span>
      <div class="tweet-main">
        <header class="tweet-head">
          <span class="author">
            <bdi class="author-name">{user.displayName}</bdi> <span class="handle">@{user.username}</span>
          </span>
        </header>
        {entry.text && <RichText class="tweet-text" text={entry.text} />}
        {entry.attachments.length > 0 && (
          <div class="attachments">
            {entry.attachments.map((attachment) => (
              <div key={attachment.id} class="attachment-view">
                <Preview attachment={attachment} />
              </div>
            ))}
          </div>
        )}
        <Fate entry={entry} />
      </div>
    </article>
  );
}

/** How it stands with a tweet, and what can be done about it. */
function Fate({ entry }: { entry: Outgoing }) {
  const waits = useSignal(stuck);
  if (entry.refusal !== "") {
    return (
      <div class="fate failed" role="alert">
        <span>Not sent. {entry.refusal}</span>
        <button
          type="button"
          class="link-button"
          onClick={() => {
            takeBack(entry);
            openDialog.set("compose");
          }}
        >
          Change it
        </button>
        <button type="button" class="link-button" onClick={() => discard(entry)}>
          Throw it away
        </button>
      </div>
    );
  }
  return (
    <div class="fate" role="status">
      <span>{waits ? "Waiting for a connection. It will be sent." : "Sending…"}</span>
      {waits && (
        <>
          <button type="button" class="link-button" onClick={flush}>
            Try now
          </button>
          <button type="button" class="link-button" onClick={() => discard(entry)}>
            Throw it away
          </button>
        </>
      )}
    </div>
  );
}
