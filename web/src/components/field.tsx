import type { InputHTMLAttributes } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { roomLeft } from "./characters-left.tsx";

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  value: string;
  onValue: (value: string) => void;
  input?: InputHTMLAttributes;
  /** The characters left by the server's count; negative if there are too many. `maxlength` would count 🦊 as two. */
  left?: number;
  /** Makes a text area of this many lines. */
  rows?: number;
}

/** A labelled form field with a hint or an error below it. */
export function Field({ label, hint, error, value, onValue, input = {}, left, rows }: Props) {
  const id = useId();
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The first refused field of the form, in which the reader can put it right at once.
    const form = field.current?.closest("form");
    if (error) form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  const isLong = left !== undefined && left < 0;
  const note = error ?? (left === undefined ? hint : roomLeft(left));
  const shared = {
    id,
    value,
    "aria-describedby": note ? `${id}-note` : undefined,
    "aria-invalid": error || isLong ? true : undefined,
    onInput: (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value),
  };
  return (
    <div ref={field} class={error || isLong ? "field wrong" : "field"}>
      <label for={id}>{label}</label>
      {rows ? <textarea rows={rows} {...shared} /> : <input {...input} {...shared} />}
      {note && (
        <p id={`${id}-note`} class="field-note" role={error ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}
