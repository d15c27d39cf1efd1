/** Offers names in a text field while one is written. The code for that is loaded at the first `@`. */
export function completeNames(field: HTMLTextAreaElement): void {
  if (!/[@＠]/.test(field.value)) return;
  // Offline it may not load: then the name is typed in full.
  import("./name-completion.tsx").then(({ attach }) => attach(field)).catch(() => undefined);
}
