import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ALT_LIMIT_CHARACTERS, lengthOf, PLACE_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import { MAX_WEIGHT, weightedLength } from "../../../contract/weight.ts";
import { isBlank } from "../../../lib/invisible.ts";
import { ACCEPTED } from "../outbox/attachments.ts";
import { attachFiles, draft, editDraft } from "../outbox/draft.ts";
import { sendDraft } from "../outbox/outbox.ts";
import { announce, say } from "../store/messages.ts";
import { me } from "../store/session.ts";
import { AttachmentRow } from "./attachment-row.tsx";
import { Avatar } from "./avatar.tsx";
import { completeNames } from "./complete-names.ts";
import { Icon } from "./icon.tsx";
import { LocationChip } from "./location-chip.tsx";
import { Ring } from "./ring.tsx";

interface Props {
  /** Whether the text field takes the focus when it appears, as in the dialog for a new tweet. */
  focused?: boolean;
  onSent?: () => void;
}

/** The form for a new tweet. It edits the draft. */
export function Composer({ focused = false, onSent = () => undefined }: Props) {
  const user = me.value;
  const { text, attachments, location } = draft.value;
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [dragged, setDragged] = useState(false);
  const [locating, setLocating] = useState(false);

  useLayoutEffect(() => {
    // An opening dialog focuses its `autofocus` field by itself, so that fast typing loses no letter.
    if (focused) field.current?.setSelectionRange(text.length, text.length);
  }, []);
  useLayoutEffect(() => {
    // Grow the field with its text. Browsers with `field-sizing` come to the same height.
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  if (!user) return null;
  const fits =
    weightedLength(text) <= MAX_WEIGHT &&
    attachments.every(({ alt }) => lengthOf(alt) <= ALT_LIMIT_CHARACTERS) &&
    lengthOf(location?.name ?? "") <= PLACE_LIMIT_CHARACTERS;
  const ready = (!isBlank(text) || attachments.length > 0) && fits;

  function send(): void {
    if (!ready) return;
    sendDraft();
    announce("Your tweet is being sent");
    onSent();
  }

  async function locate(): Promise<void> {
    setLocating(true);
    try {
      const { currentLocation } = await import("../outbox/current-location.ts");
      editDraft({ location: await currentLocation() });
    } catch (error) {
      say(error instanceof Error ? error.message : "Your location couldn't be found.", "failed");
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
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        const isAsked = event.ctrlKey || event.metaKey;
        // In a field of one line, such as the name of the place, the browser would submit the form.
        if (isAsked || event.target instanceof HTMLInputElement) event.preventDefault();
        if (isAsked) send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={() => setDragged(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragged(false);
        void attachFiles(event.dataTransfer?.files);
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
          onInput={(event) => {
            editDraft({ text: event.currentTarget.value });
            completeNames(event.currentTarget);
          }}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (!files?.length) return;
            event.preventDefault();
            void attachFiles(files);
          }}
        />
        {attachments.length > 0 && <AttachmentRow attachments={attachments} />}
        {location && <LocationChip location={location} />}
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
              void attachFiles(event.currentTarget.files);
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
