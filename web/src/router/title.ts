import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { place } from "./router.ts";

/** The title that a screen has given itself, and the visit that it is for. */
const given = signal<{ readonly visit: string; readonly title: string } | null>(null);

/** Titles the screen by its content. @param title null while the content is loading */
export function useScreenTitle(title: string | null): void {
  const { visit } = place.value;
  useEffect(() => {
    if (title !== null) given.value = { visit, title };
  }, [visit, title]);
}

/** @returns the title that the screen of a visit has given itself; undefined if it has none */
export function givenTitle(visit: string): string | undefined {
  return given.value?.visit === visit ? given.value.title : undefined;
}
