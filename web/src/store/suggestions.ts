import { signal } from "@preact/signals";
import { api } from "../api/api.ts";
import type { UserRef } from "../api/shapes.ts";
import { onAccountChange } from "./session.ts";

/** Accounts that the reader may want to follow; null until the server has answered. */
export const suggestions = signal<readonly UserRef[] | null>(null);

/** @throws ApiError, NetworkError */
export async function refreshSuggestions(): Promise<void> {
  suggestions.value = (await api.people()).users;
}

// Each account gets suggestions of its own.
onAccountChange(() => {
  suggestions.value = null;
});
