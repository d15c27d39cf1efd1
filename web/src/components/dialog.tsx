import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Messages } from "./messages.tsx";

interface Props {
  label: string;
  class: string;
  onClose: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  children: ComponentChildren;
}

/** A modal dialog. The browser keeps the focus inside, returns it afterwards, and closes the dialog with Escape. */
export function Dialog({ label, class: name, onClose, onKeyDown, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  // A layout effect runs before the children take the focus; opening later would move it.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The browser returns the focus to the control that opened the dialog, unless that is gone or there was none.
      if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog ${name}`}
      aria-label={label}
      onClose={onClose}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        // A click on the backdrop has the dialog itself as its target; any other click has a child of it.
        if (event.target === ref.current) onClose();
      }}
    >
      {children}
      <Messages />
    </dialog>
  );
}

/** Shows something to read, with a heading and a button that closes it. */
export function Reading(props: { label: string; class: string; onClose: () => void; children: ComponentChildren }) {
  return (
    <Dialog label={props.label} class={props.class} onClose={props.onClose}>
      <div class="dialog-body">
        <h2>{props.label}</h2>
        {props.children}
        <div class="dialog-actions">
          <button type="button" class="button quiet" onClick={props.onClose}>
            Close
          </button>
        </div>
      </div>
    </Dialog>
  );
}
