import { signal } from "@preact/signals";
import { readStored, writeStored } from "./stored.ts";

export type Theme = "system" | "light" | "dark";
const KEY = "starling:theme";

/** The colour scheme: the device's own unless the user has chosen one. */
export const theme = signal<Theme>(readStored<Theme>(KEY) ?? "system");

theme.subscribe((value) => {
  writeStored(KEY, value);
  // The palette sets `color-scheme` by this attribute.
  if (value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = value;
});
