import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ALT_LIMIT_CHARACTERS, lengthOf, PLACE_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import { MAX_WEIGHT, weightedLength } from "../../../contract/weight.ts";
import { isBlank } from "../../../lib/invisible.ts";
import { addFiles, addLocation } from "../outbox/adding.ts";
import { ACCEPTED } from "../outbox/attachments.ts";
import { draft, editDraft, hasDrafts, otherDrafts, readingFiles } from "../outbox/draft.ts";
import { sendDraft } from "../outbox/outbox.ts";
import { announce } from "../store/messages.ts";
import { me } from "../store/session.ts";
import { Avatar } from "./avatar.tsx";
import { completeNames } from "./complete-names.ts";
import { show } from "./dialogs.ts";
import { EmojiButton } from "./emoji-button.tsx";
import { Icon } from "./icon.tsx";
import { later } from "./later.tsx";
import { Ring } from "./ring.tsx";

const AttachmentRow = later(async () => (await import("./attachment-row.tsx")).AttachmentRow);
const LocationChip = later(async () => (await import("./location-chip.tsx")).LocationChip);
const OverflowMarks = later(async () => (await import("./overflow-marks.tsx")).OverflowMarks);

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

  useEffect(() => {
    if (hasDrafts.value) import("../outbox/other-drafts.ts").catch(() => undefined);
  }, [hasDrafts.value]);

  if (!user) return null;
  const isLong = weightedLength(text) > MAX_WEIGHT;
  const fits =
    !isLong &&
    attachments.every(({ alt }) => lengthOf(alt) <= ALT_LIMIT_CHARACTERS) &&
    lengthOf(location?.name ?? "") <= PLACE_LIMIT_CHARACTERS;
  const ready = (!isBlank(text) || attachments.length > 0) && fits && readingFiles.value === 0;
  const others = otherDrafts.value.length;

  /** Letters belong to the text, wherever the last click went: elsewhere they would be lost or taken as shortcuts. */
  function focusText(): void {
    field.current?.focus();
  }

  function send(): void {
    if (!ready) return;
    sendDraft();
    announce("Your tweet is being sent");
    focusText();
    onSent();
  }

  function locate(): void {
    // Pressed again, the button would ask again.
    focusText();
    setLocating(true);
    void addLocation().then(() => setLocating(false));
  }

  return (
    <form
      class={dragged ? "composer dragged" : "composer"}
      aria-label="New tweet"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onFocusIn={() => {
        // Loaded before the connection may be lost.
        import("../outbox/sending.ts").catch(() => undefined);
      }}
      onKeyDown={(event) => {
        const isLetter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey;
        if (isLetter && event.target instanceof HTMLButtonElement) focusText();
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
        addFiles(event.dataTransfer?.files);
        focusText();
      }}
    >
      <Avatar user={user} />
      <div class="composer-main">
        <div class="composer-field">
          {isLong && <OverflowMarks text={text} field={field} />}
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
              addFiles(files);
            }}
          />
        </div>
        {attachments.length > 0 && <AttachmentRow attachments={attachments} onRemoved={focusText} />}
        {location && <LocationChip location={location} onRemoved={focusText} />}
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
              addFiles(event.currentTarget.files);
              event.currentTarget.value = "";
              focusText();
            }}
            onCancel={focusText}
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
          <EmojiButton field={field} />
          <button
            type="button"
            class="icon-button"
            aria-label="Add your location"
            title="Add your location"
            disabled={locating || location !== null}
            onClick={locate}
          >
            <Icon name="pin" />
          </button>
          {others > 0 && (
            <button type="button" class="link-button" onClick={() => show("drafts")}>
              {others === 1 ? "1 draft" : `${others} drafts`}
            </button>
          )}
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
