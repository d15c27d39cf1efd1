import { signal } from "@preact/signals";
import { api } from "../api/api.ts";
import type { Person } from "../api/shapes.ts";
import { keepRelations } from "./relations.ts";
import { accountId, onAccountChange } from "./session.ts";

/** Accounts that the reader may want to follow; null until the server has answered. */
export const suggestions = signal<readonly Person[] | null>(null);

/** @throws ApiError, NetworkError */
export async function refreshSuggestions(): Promise<void> {
  const account = accountId.peek();
  const { users } = await api.people();
  if (account !== accountId.peek()) return;
  keepRelations(users);
  suggestions.value = users;
}

// Each account gets suggestions of its own.
onAccountChange(() => {
  suggestions.value = null;
});
