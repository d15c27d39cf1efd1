import { type Outgoing, outbox } from "../outbox/entries.ts";
import { flush } from "../outbox/outbox.ts";
import { discard, takeBack, waiting } from "../outbox/sending.ts";
import { me } from "../store/session.ts";
import { Preview } from "./attachment-row.tsx";
import { Avatar } from "./avatar.tsx";
import { show } from "./dialogs.ts";
import { RichText } from "./rich-text.tsx";

/** The unsent tweets, newest first, with their states. They appear as soon as they are written. */
export function OutgoingTweets() {
  const user = me.value;
  const entries = outbox.value.filter(({ userId }) => userId === user?.id);
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
  const user = me.value;
  if (!user) return null;
  return (
    <article class="tweet outgoing" aria-label="Your tweet, not sent yet">
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

/** The state of an unsent tweet, and the actions for it. */
function Fate({ entry }: { entry: Outgoing }) {
  const waits = waiting.value.has(entry.key);
  if (entry.refusal !== "") {
    return (
      <div class="fate failed" role="alert">
        <span>Not sent. {entry.refusal}</span>
        <button
          type="button"
          class="link-button"
          onClick={() => {
            takeBack(entry);
            show("compose");
          }}
        >
          Edit
        </button>
        <button type="button" class="link-button" onClick={() => discard(entry)}>
          Discard
        </button>
      </div>
    );
  }
  return (
    <div class="fate" role="status">
      <span>{waits ? "Waiting for a connection. Your tweet will be sent." : "Sending…"}</span>
      {waits && (
        <>
          <button type="button" class="link-button" onClick={flush}>
            Retry
          </button>
          <button type="button" class="link-button" onClick={() => discard(entry)}>
            Discard
          </button>
        </>
      )}
    </div>
  );
}
