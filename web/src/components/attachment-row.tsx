import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ALT_LIMIT_CHARACTERS, lengthOf } from "../../../contract/lengths.ts";
import type { Attachment } from "../outbox/attachments.ts";
import { draft, editDraft } from "../outbox/draft.ts";
import { objectUrlOf, progressOf } from "../outbox/uploads.ts";
import { CharactersLeft } from "./characters-left.tsx";
import { Icon } from "./icon.tsx";

interface Props {
  attachments: readonly Attachment[];
  /** Called when a button that had the focus is gone. */
  onRemoved: () => void;
}

/** The draft's attachments: previews, the progress of their uploads, and their alt texts. */
export function AttachmentRow({ attachments, onRemoved }: Props) {
  return (
    <ul class="attachments" aria-label="Attachments">
      {attachments.map((attachment, index) => (
        <Item key={attachment.id} attachment={attachment} number={index + 1} onRemoved={onRemoved} />
      ))}
    </ul>
  );
}

function Item({ attachment, number, onRemoved }: { attachment: Attachment; number: number; onRemoved: () => void }) {
  const [describing, setDescribing] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (describing) field.current?.focus();
  }, [describing]);
  const { id, kind, alt } = attachment;
  const what = kind === "video" ? "video" : `picture ${number}`;
  return (
    <li class="attachment">
      <div class="attachment-view">
        <Preview attachment={attachment} />
        <UploadBar id={id} what={what} />
        <button
          type="button"
          class="icon-button small on-picture"
          aria-label={`Remove ${what}`}
          onClick={() => {
            remove(id);
            onRemoved();
          }}
        >
          <Icon name="close" size={16} />
        </button>
        <button
          type="button"
          class={alt ? "alt-button done" : "alt-button"}
          aria-expanded={describing}
          aria-label={`Alt text for ${what}`}
          onClick={() => setDescribing(!describing)}
        >
          Alt
        </button>
      </div>
      {progressOf(id).value.state === "lost" && (
        <p class="attachment-lost" role="alert">
          This file can't be read any more. Remove it, or add it again.
        </p>
      )}
      {describing && (
        <>
          <textarea
            ref={field}
            class="alt-text"
            rows={2}
            value={alt}
            aria-label={`Description of ${what}`}
            aria-describedby={`${id}-left`}
            placeholder={`Describe this ${kind === "video" ? "video" : "picture"} for people who can't see it`}
            onInput={(event) => describe(id, event.currentTarget.value)}
          />
          <CharactersLeft id={`${id}-left`} left={ALT_LIMIT_CHARACTERS - lengthOf(alt)} />
        </>
      )}
    </li>
  );
}

export function Preview({ attachment }: { attachment: Attachment }) {
  const url = objectUrlOf(attachment);
  const { kind, width, height, alt } = attachment;
  return kind === "video" ? (
    <video src={url} width={width} height={height} muted playsInline preload="metadata" aria-label={alt || "Video"} />
  ) : (
    <img src={url} width={width} height={height} alt={alt || "Picture"} />
  );
}

function UploadBar({ id, what }: { id: string; what: string }) {
  const progress = progressOf(id).value;
  if (progress.state !== "sending") return null;
  return <progress class="upload" max={1} value={progress.part} aria-label={`Upload of ${what}`} />;
}

function remove(id: string): void {
  editDraft({ attachments: draft.value.attachments.filter((other) => other.id !== id) });
}

function describe(id: string, alt: string): void {
  editDraft({ attachments: draft.value.attachments.map((other) => (other.id === id ? { ...other, alt } : other)) });
}
