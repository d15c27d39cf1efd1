import type { InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  value: string;
  onValue: (value: string) => void;
  input?: InputHTMLAttributes;
  /** Makes a text area of this many lines. */
  rows?: number;
}

/** A labelled form field with a hint or an error below it. */
export function Field({ label, hint, error, value, onValue, input = {}, rows }: Props) {
  const id = useId();
  const note = error ?? hint;
  const shared = {
    id,
    value,
    "aria-describedby": note ? `${id}-note` : undefined,
    "aria-invalid": error ? true : undefined,
    onInput: (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value),
  };
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>{label}</label>
      {rows ? <textarea rows={rows} maxLength={input.maxLength} {...shared} /> : <input {...input} {...shared} />}
      {note && (
        <p id={`${id}-note`} class="field-note" role={error ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}
