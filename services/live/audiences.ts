import type { FollowRecord } from "../../contract/records.ts";
import { hasNumber, newNumbers, NO_NUMBERS, type Numbers, NumberSet } from "./number-set.ts";

/** What a listener must carry. Only {@link createAudiences} writes it. */
export interface Listener {
  /** The listener's number while it hears somebody. */
  number: number;
  /** Sorted: an even number for each author that the listener hears, odd if the author's tweets notify the listener. */
  hears: Numbers;
}

/** An author whom somebody hears. */
interface Author {
  readonly id: string;
  readonly number: number;
  readonly listeners: NumberSet;
  notified: NumberSet | null;
}

type Hearing = Pick<FollowRecord, "followeeId" | "notify">;

const NOTIFIES = 1;

/** A listener that hears nobody yet. */
export function newListener(): Listener {
  return { number: -1, hears: NO_NUMBERS };
}

/**
 * Who of this node's users hears which author. Both sides refer to each other by numbers, because a user who follows 400
 * authors would take 40 KB with a room of socket.io for each.
 */
export function createAudiences<L extends Listener>() {
  const authors = new Map<string, Author>();
  const authorsByNumber = createNumbers<Author>();
  const listeners = createNumbers<L>();

  function authorOf(id: string): Author {
    const known = authors.get(id);
    if (known) return known;
    const author = authorsByNumber.add((number): Author => {
      return { id, number, listeners: new NumberSet(), notified: null };
    });
    authors.set(id, author);
    return author;
  }

  function add(listener: L, code: number): void {
    const author = authorsByNumber.get(code >>> 1);
    author.listeners.add(listener.number);
    if (code & NOTIFIES) (author.notified ??= new NumberSet()).add(listener.number);
  }

  /** @param keeps whether the listener still hears the author, with or without being notified */
  function drop(listener: L, code: number, keeps: boolean): void {
    const author = authorsByNumber.get(code >>> 1);
    if (code & NOTIFIES) author.notified?.delete(listener.number);
    if (keeps) return;
    author.listeners.delete(listener.number);
    if (author.listeners.size > 0) return;
    authors.delete(author.id);
    authorsByNumber.free(author.number);
  }

  function* listening(set: NumberSet | null | undefined): Generator<L> {
    for (const number of set?.values() ?? []) yield listeners.get(number);
  }

  return {
    /** Sets whom a listener hears. @returns whether that is a change, of those heard or of those who notify */
    place(listener: L, wanted: readonly Hearing[]): boolean {
      if (listener.hears.length === 0) listeners.add((number) => Object.assign(listener, { number }));
      const { hears: before } = listener;
      const codes = wanted.map(({ followeeId, notify }) => authorOf(followeeId).number * 2 + Number(notify));
      const now = newNumbers(
        codes.length,
        codes.reduce((most, code) => Math.max(most, code), 0),
      );
      now.set(codes);
      listener.hears = now.sort();
      let hasChanged = before.length !== now.length;
      for (const code of now) {
        if (hasNumber(before, code)) continue;
        hasChanged = true;
        add(listener, code);
      }
      for (const code of before) if (!hasNumber(now, code)) drop(listener, code, hasNumber(now, code ^ NOTIFIES));
      if (now.length === 0) listeners.free(listener.number);
      return hasChanged;
    },

    /** All who hear an author. Must be read before anything changes, like {@link notifiedBy}. */
    of: (authorId: string): Iterable<L> => listening(authors.get(authorId)?.listeners),

    /** All whom an author's tweets notify. */
    notifiedBy: (authorId: string): Iterable<L> => listening(authors.get(authorId)?.notified),
  };
}

/** Gives things the smallest numbers that are free. */
function createNumbers<T>() {
  const things: (T | undefined)[] = [];
  const free: number[] = [];
  return {
    add(make: (number: number) => T): T {
      const number = free.pop() ?? things.length;
      return (things[number] = make(number));
    },
    get: (number: number): T => things[number]!,
    free(number: number): void {
      things[number] = undefined;
      free.push(number);
    },
  };
}

/** The ids of users' connections. */
export function idsOf(users: Iterable<{ sockets: readonly { id: string }[] }>): Set<string> {
  const ids = new Set<string>();
  for (const { sockets } of users) for (const { id } of sockets) ids.add(id);
  return ids;
}
