import { toast } from "../store/messages.ts";
import { useSignal } from "../store/signal.ts";

/** The short message at the edge of the window. An open dialog has one of its own, since what lies under it is inert. */
export function Messages() {
  const message = useSignal(toast);
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
