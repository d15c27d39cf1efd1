import { api } from "../api/api.ts";
import type { UserRef } from "../api/shapes.ts";
import { me } from "./session.ts";
import { signal } from "./signal.ts";

/** Whom the reader might like to follow; null until the server has said. */
export const suggestions = signal<readonly UserRef[] | null>(null);

/** @throws what a request throws */
export async function refreshSuggestions(): Promise<void> {
  suggestions.set((await api.people()).users);
}

// They are others for somebody else.
let owner = me.value?.id;
me.subscribe((user) => {
  if (user?.id === owner) return;
  owner = user?.id;
  suggestions.set(null);
});
