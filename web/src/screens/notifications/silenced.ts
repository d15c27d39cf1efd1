import { signal } from "@preact/signals";
import { api } from "../../api/api.ts";
import type { UserRef } from "../../api/shapes.ts";
import { refreshNotifications } from "../../store/notifications.ts";
import { showUser } from "../../store/profiles.ts";
import { onAccountChange } from "../../store/session.ts";

/** An author whose bell was turned off on this screen. The tweets are no longer among the notifications. */
export interface Silenced {
  readonly user: UserRef;
  /** The id of the newest of those tweets: where the way back is shown. */
  readonly at: string;
}

/** Until the reader leaves the screen. */
export const silenced = signal<readonly Silenced[]>([]);

/** Turns an author's bell off. @param at the newest of the tweets that go. @throws ApiError, NetworkError */
export async function silence(user: UserRef, at: string): Promise<void> {
  showUser(await api.follow(user.username, false));
  silenced.value = [...silenced.value, { user, at }];
}

/** Turns the bell on again: the tweets are back. @throws ApiError, NetworkError */
export async function unsilence(user: UserRef): Promise<void> {
  showUser(await api.follow(user.username, true));
  silenced.value = silenced.value.filter((other) => other.user.id !== user.id);
  await refreshNotifications();
}

onAccountChange(() => (silenced.value = []));
