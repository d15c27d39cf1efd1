import { toast } from "../store/messages.ts";

/** The toast. Every open dialog contains one too, since everything outside a modal dialog is inert. */
export function Messages() {
  const message = toast.value;
  return (
    <div class="toast-holder" role={message?.kind === "failed" ? "alert" : "status"}>
      {message && (
        <p key={message.id} class={`toast ${message.kind}`}>
          {message.text}
        </p>
      )}
    </div>
  );
}
