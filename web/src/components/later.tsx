import { signal } from "@preact/signals";
import type { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";

/**
 * Makes a component of one whose code is loaded when it is first shown. Until then, and without a connection, it is empty.
 *
 * @param load may answer undefined, or throw, when the code can't be loaded
 * @param onMissing called then
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props> | undefined>,
  onMissing: () => void = () => undefined,
): (props: Props) => VNode | null {
  const part = signal<{ Part: ComponentType<Props> } | null>(null);
  return function Later(props: Props) {
    const loaded = part.value;
    useEffect(() => {
      if (loaded) return;
      load().then((Part) => (Part ? (part.value = { Part }) : onMissing()), onMissing);
    });
    return loaded && <loaded.Part {...props} />;
  };
}
