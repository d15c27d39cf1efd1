/** What survives a reload beside what fits into localStorage: records with files in them, in IndexedDB. */
const NAME = "starling";
const STORE = "kept";

let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB can't be opened"));
  });
  return opening;
}

async function run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = ask(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB refused"));
  });
}

/** @returns once the value will be there after a reload */
export async function keep(key: string, value: unknown): Promise<void> {
  await run("readwrite", (store) => store.put(value, key));
}

export async function drop(key: string): Promise<void> {
  await run("readwrite", (store) => store.delete(key));
}

export async function readKept<T>(key: string): Promise<T | undefined> {
  return (await run("readonly", (store) => store.get(key))) as T | undefined;
}

/** All values whose keys begin with `prefix`, in the order of their keys. */
export async function readAllKept<T>(prefix: string): Promise<T[]> {
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  return (await run("readonly", (store) => store.getAll(range))) as T[];
}
