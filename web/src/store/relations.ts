import { signal } from "@preact/signals";
import type { User, UserRef, Viewer } from "../api/shapes.ts";
import { onAccountChange } from "./session.ts";

type Listed = UserRef & Pick<User, "viewer">;

/** The reader's relations to other people, by their ids: all screens show the same state, whichever of them changed it. */
const relations = signal<ReadonlyMap<string, Viewer>>(new Map());

/** The reader's relation to a user as the server told it last; undefined for visitors and the reader's own account. */
export function relationTo({ id, viewer }: Listed): Viewer | undefined {
  return relations.value.get(id) ?? viewer;
}

/** Keeps what the server has just told of some users. */
export function keepRelations(users: readonly Listed[]): void {
  const told = users.flatMap(({ id, viewer }) => (viewer ? [[id, viewer] as const] : []));
  if (told.length > 0) relations.value = new Map([...relations.value, ...told]);
}

onAccountChange(() => {
  relations.value = new Map();
});
