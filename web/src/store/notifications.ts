import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import { createInbox } from "./inbox.ts";
import { me, onAccountChange } from "./session.ts";

/** The notifications of the logged-in user. */
export const inbox = createInbox({ read: api.notifications, markRead: api.readNotifications, explain });

/** The number on the badge. */
export const { unread } = inbox;

/** Reads again what is loaded of the notifications, and the unread groups. */
export async function refreshNotifications(): Promise<void> {
  if (me.value) await inbox.refresh();
}

onAccountChange(() => inbox.clear());
