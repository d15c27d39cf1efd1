import { type Toast, toast } from "../store/messages.ts";

/** The toast. Every open dialog contains one too, since everything outside a modal dialog is inert. */
export function Messages() {
  const message = toast.value;
  return (
    <div class="toast-holder" role={message?.kind === "failed" ? "alert" : "status"}>
      {message && (
        <p key={message.id} class={`toast ${message.kind}`}>
          {message.text}
          {message.undo && (
            <button type="button" class="link-button" onClick={() => undo(message)}>
              Undo
            </button>
          )}
        </p>
      )}
    </div>
  );
}

/** Undoes what the toast told, and returns the focus to where it was when that was done. */
function undo({ from, undo: run }: Toast): void {
  toast.value = null;
  if (from instanceof HTMLElement) from.focus();
  run?.();
}
