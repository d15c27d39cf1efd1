import { useEffect, useRef, useState } from "preact/hooks";

/** A value that tells who reads it when it becomes another. */
export interface Signal<T> {
  readonly value: T;
  set(next: T): void;
  update(change: (value: T) => T): void;
  /** @returns how to stop listening */
  subscribe(listener: (value: T) => void): () => void;
}

export function signal<T>(initial: T): Signal<T> {
  const listeners = new Set<(value: T) => void>();
  let value = initial;
  return {
    get value() {
      return value;
    },
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    update(change) {
      this.set(change(value));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The signal's value, in a component that is drawn again when it changes. */
export function useSignal<T>(source: Signal<T>): T {
  const [, redraw] = useState({});
  const { value } = source;
  const drawn = useRef(value);
  drawn.current = value;
  useEffect(() => {
    const stop = source.subscribe(() => redraw({}));
    // What changed between drawing and listening would else be missed.
    if (!Object.is(drawn.current, source.value)) redraw({});
    return stop;
  }, [source]);
  return value;
}
