import { readStored, writeStored } from "./stored.ts";
import { signal } from "./signal.ts";

export type Theme = "system" | "light" | "dark";
const KEY = "starling:theme";

/** Light or dark; by default as the device has it. */
export const theme = signal<Theme>(readStored<Theme>(KEY) ?? "system");

function apply(value: Theme): void {
  if (value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = value;
}

apply(theme.value);
theme.subscribe((value) => {
  writeStored(KEY, value);
  apply(value);
});
