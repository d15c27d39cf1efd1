import type { ComponentChildren } from "preact";

/** A placeholder for content that is loading. */
export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading</span>
      <span class="speck" />
      <span class="speck" />
      <span class="speck" />
    </div>
  );
}

/** An error message with a button to try again. */
export function Failed({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div class="state" role="alert">
      <p>{message}</p>
      <button type="button" class="button quiet" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** A message for an empty list, with suggestions as children. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
