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

const KEYS = "starling:single-keys";

/** Whether keys without Ctrl or the like are shortcuts. Voice control types such keys by mistake (WCAG 2.1.4). */
export const singleKeys = signal(readStored<boolean>(KEYS) ?? true);

singleKeys.subscribe((value) => writeStored(KEYS, value ? null : false));
