import { computed, signal } from "@preact/signals";
import { api } from "../api/api.ts";
import { forgetAnswers } from "../api/known.ts";
import { unauthorized } from "../api/request.ts";
import type { User } from "../api/shapes.ts";
import { readStored, writeStored } from "./stored.ts";

const KEY = "starling:me";

/** The logged-in user, or null. Starts as the last known user, so that the first render needs no request. */
export const me = signal<User | null>(readStored<User>(KEY));

const ENDED_KEY = "starling:session-ended";

/** Whether the last session has ended without a logout in this browser, so that the login page says why it asks. */
export const sessionEnded = signal(readStored<boolean>(ENDED_KEY) ?? false);

/** The id of the logged-in account: unlike {@link me} it changes only with the account. */
export const accountId = computed(() => me.value?.id);

me.subscribe((user) => {
  if (user) setEnded(false);
  writeStored(KEY, user);
});
onAccountChange(forgetAnswers);
// Another tab has logged in or out.
window.addEventListener("storage", ({ key }) => {
  if (key === KEY) me.value = readStored<User>(KEY);
  if (key === ENDED_KEY) sessionEnded.value = readStored<boolean>(ENDED_KEY) ?? false;
});
unauthorized.addEventListener("unauthorized", () => {
  // A wrong password at login is a 401 too, but then nobody is logged in and this changes nothing.
  endSession();
});

function endSession(): void {
  if (me.value) setEnded(true);
  me.value = null;
}

function setEnded(ended: boolean): void {
  if (sessionEnded.value === ended) return;
  sessionEnded.value = ended;
  writeStored(ENDED_KEY, ended || null);
}

/**
 * Calls back when somebody logs in or out, or another account takes over, so that data of the last account can be
 * dropped. Changes of the same account's name or counts do not call back.
 *
 * @param listener gets the new user, null after a logout
 */
export function onAccountChange(listener: (user: User | null) => void): void {
  let known = accountId.peek();
  accountId.subscribe((id) => {
    if (id === known) return;
    known = id;
    listener(me.peek());
  });
}

/** Asks the server who is logged in. @throws NetworkError, ApiError */
export async function refreshSession(): Promise<User | null> {
  const { user } = await api.session();
  if (user) me.value = user;
  else endSession();
  return user;
}

/** Updates our own profile with changes that need no request, for example counts. */
export function patchMe(change: Partial<User>): void {
  if (me.value) me.value = { ...me.value, ...change };
}
