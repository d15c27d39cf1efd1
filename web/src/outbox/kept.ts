import { createStore, del, get, promisifyRequest, set } from "idb-keyval";
import type { Attachment } from "./attachments.ts";

/** Records with files in them, which localStorage can't hold: they live in IndexedDB and survive a reload. */
const KEPT = createStore("starling", "kept");

/**
 * Stores a value. Settles once it would survive a reload. Browsers refuse a record with a file that they can't read any
 * more: it is stored with an empty file in its place.
 *
 * @throws DOMException when the browser refuses
 */
export async function keep(key: string, value: { userId: string; attachments: readonly Attachment[] }): Promise<void> {
  try {
    await set(key, value, KEPT);
  } catch (error) {
    const attachments = await Promise.all(
      value.attachments.map(async (attachment) =>
        (await isReadable(attachment.file)) ? attachment : { ...attachment, file: new Blob() },
      ),
    );
    if (attachments.every(({ file }, index) => file === value.attachments[index]?.file)) throw error;
    await set(key, { ...value, attachments }, KEPT);
  }
}

/** @returns whether a file is still there as it was picked; an empty one stands for a file that was lost */
export async function isReadable(file: Blob): Promise<boolean> {
  if (file.size === 0) return false;
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
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
