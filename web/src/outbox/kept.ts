import { createStore, del, get, promisifyRequest, set } from "idb-keyval";

/** Records with files in them, which localStorage can't hold: they live in IndexedDB and survive a reload. */
const KEPT = createStore("starling", "kept");

/** Stores a value. Settles once it would survive a reload. @throws DOMException when the browser refuses */
export async function keep(key: string, value: unknown): Promise<void> {
  await set(key, value, KEPT);
}

/** @throws DOMException when the browser refuses */
export async function drop(key: string): Promise<void> {
  await del(key, KEPT);
}

/** @throws DOMException when the browser refuses */
export async function readKept<T>(key: string): Promise<T | undefined> {
  return get<T>(key, KEPT);
}

/** All values whose keys begin with `prefix`, ordered by key. @throws DOMException when the browser refuses */
export async function readAllKept<T>(prefix: string): Promise<T[]> {
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  return KEPT("readonly", (store) => promisifyRequest<T[]>(store.getAll(range)));
}
