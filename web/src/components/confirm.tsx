import { Dialog } from "./dialog.tsx";

/** Asks for confirmation of an action that can't be undone. */
export function Confirm(props: {
  question: string;
  detail: string;
  action: string;
  onYes: () => void;
  onNo: () => void;
}) {
  return (
    <Dialog label={props.question} class="confirm" onClose={props.onNo}>
      <div class="dialog-body">
        <h2>{props.question}</h2>
        <p class="muted">{props.detail}</p>
        <div class="dialog-actions">
          <button type="button" class="button quiet" onClick={props.onNo}>
            Cancel
          </button>
          <button type="button" class="button danger" onClick={props.onYes}>
            {props.action}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
