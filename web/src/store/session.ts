import { api } from "../api/api.ts";
import { unauthorized } from "../api/request.ts";
import type { User } from "../api/shapes.ts";
import { readStored, writeStored } from "./stored.ts";
import { signal } from "./signal.ts";

const KEY = "starling:me";

/** Who is logged in; null for nobody. Starts with who it was last, so that the first picture needs no answer. */
export const me = signal<User | null>(readStored<User>(KEY));

/** Whether the server has confirmed it since the page was opened. */
export const sessionKnown = signal(false);

me.subscribe((user) => writeStored(KEY, user));
// Another tab has logged in or out.
window.addEventListener("storage", ({ key }) => {
  if (key === KEY) me.set(readStored<User>(KEY));
});
unauthorized.addEventListener("unauthorized", () => {
  // A wrong password is a 401 too, but nobody is logged in then.
  if (me.value) me.set(null);
});

/** Asks the server who is logged in. @throws NetworkError, ApiError when it can't be asked */
export async function refreshSession(): Promise<User | null> {
  const { user } = await api.session();
  me.set(user);
  sessionKnown.set(true);
  return user;
}

/** The account that this browser has logged in to. */
export function signedIn(user: User): void {
  me.set(user);
  sessionKnown.set(true);
}

/** Changes counts and names of the own profile that are known without asking. */
export function patchMe(change: Partial<User>): void {
  me.update((user) => user && { ...user, ...change });
}
