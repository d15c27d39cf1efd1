import type { ComponentChildren } from "preact";

/** What stands where something is on its way. */
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

/** What to say where nothing is, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
