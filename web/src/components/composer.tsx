import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Location } from "../api/shapes.ts";
import { ACCEPTED, attach, type Attachment, refusal } from "../outbox/attachments.ts";
import { draft, editDraft } from "../outbox/draft.ts";
import { sendDraft } from "../outbox/outbox.ts";
import { announce, say } from "../store/messages.ts";
import { me } from "../store/session.ts";
import { useSignal } from "../store/signal.ts";
import { MAX_WEIGHT, weightedLength } from "../text/count.ts";
import { AttachmentRow } from "./attachment-row.tsx";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { Ring } from "./ring.tsx";

interface Props {
  /** Takes the focus when it appears: in a dialog that was opened to write. */
  focused?: boolean;
  onSent?: () => void;
}

/** Where a tweet is written. */
export function Composer({ focused = false, onSent = () => undefined }: Props) {
  const user = useSignal(me);
  const { text, attachments, location } = useSignal(draft);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [dragged, setDragged] = useState(false);
  const [locating, setLocating] = useState(false);

  useLayoutEffect(() => {
    // The dialog focuses what asks for it (autofocus) as it opens: not a letter of a quick writer is lost.
    if (focused) field.current?.setSelectionRange(text.length, text.length);
  }, []);
  useLayoutEffect(() => {
    // As high as its text. Where the browser does that by itself (field-sizing) this comes to the same.
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  if (!user) return null;
  const ready = (text.trim() !== "" || attachments.length > 0) && weightedLength(text) <= MAX_WEIGHT;

  function send(): void {
    if (!ready) return;
    sendDraft();
    announce("Your tweet is on its way");
    onSent();
  }

  async function locate(): Promise<void> {
    setLocating(true);
    try {
      editDraft({ location: await whereAmI() });
    } catch (error) {
      say(error instanceof Error ? error.message : "Your location can't be found.", "failed");
    } finally {
      setLocating(false);
    }
  }

  return (
    <form
      class={dragged ? "composer dragged" : "composer"}
      aria-label="New tweet"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={() => setDragged(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragged(false);
        void addFiles(event.dataTransfer?.files);
      }}
    >
      <Avatar user={user} />
      <div class="composer-main">
        <textarea
          ref={field}
          rows={1}
          autofocus={focused}
          value={text}
          aria-label="What is happening?"
          placeholder="What is happening?"
          dir="auto"
          onInput={(event) => editDraft({ text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            send();
          }}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (!files?.length) return;
            event.preventDefault();
            void addFiles(files);
          }}
        />
        {attachments.length > 0 && <AttachmentRow attachments={attachments} />}
        {location && (
          <p class="chip">
            <Icon name="pin" size={16} />
            <input
              class="chip-name"
              aria-label="Name of the place"
              placeholder={`${location.lat}, ${location.lon}`}
              maxLength={100}
              value={location.name ?? ""}
              onInput={(event) => editDraft({ location: named(location, event.currentTarget.value) })}
            />
            <button
              type="button"
              class="icon-button small"
              aria-label="Remove the location"
              onClick={() => editDraft({ location: null })}
            >
              <Icon name="close" size={16} />
            </button>
          </p>
        )}
        <div class="composer-bar">
          <input
            ref={picker}
            class="unseen"
            type="file"
            multiple
            accept={ACCEPTED}
            tabIndex={-1}
            aria-hidden="true"
            onChange={(event) => {
              void addFiles(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
          <button
            type="button"
            class="icon-button"
            aria-label="Add pictures or a video"
            title="Add pictures or a video"
            onClick={() => picker.current?.click()}
          >
            <Icon name="picture" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Add your location"
            title="Add your location"
            disabled={locating || location !== null}
            onClick={() => void locate()}
          >
            <Icon name="pin" />
          </button>
          <span class="grow" />
          {text !== "" && <Ring text={text} />}
          <button type="submit" class="button" disabled={!ready}>
            Tweet
          </button>
        </div>
      </div>
    </form>
  );
}

/** Takes up picked, pasted or dropped files. What can't be taken is told, the rest is. */
async function addFiles(files: FileList | null | undefined): Promise<void> {
  for (const file of [...(files ?? [])]) {
    const reason = refusal(file, draft.value.attachments);
    if (reason) {
      say(reason, "failed");
      continue;
    }
    try {
      const added: Attachment = await attach(file);
      editDraft({ attachments: [...draft.value.attachments, added] });
    } catch (error) {
      say(error instanceof Error ? error.message : "The file can't be read.", "failed");
    }
  }
}

/** About a hundred metres: enough for a place, and no address. */
const DIGITS = 3;

function whereAmI(): Promise<Location> {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) return reject(new Error("This browser doesn't tell where it is."));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: rounded(coords.latitude), lon: rounded(coords.longitude) }),
      (failure) =>
        reject(
          new Error(
            failure.code === failure.PERMISSION_DENIED
              ? "The browser was told not to share your location."
              : "Your location can't be found.",
          ),
        ),
      { timeout: 15_000, maximumAge: 300_000 },
    );
  });
}

function rounded(degrees: number): number {
  return Number(degrees.toFixed(DIGITS));
}

function named({ lat, lon }: Location, name: string): Location {
  return name === "" ? { lat, lon } : { lat, lon, name };
}
