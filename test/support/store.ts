import { openSqlite } from "../../seams/collections/sqlite/open.ts";

/** Opens the embedded store of a stopped server, and closes it afterwards. @param folder the server's DATA_DIR */
export async function withStore<R>(
  folder: string,
  use: (store: Pick<ReturnType<typeof openSqlite>, "collection">) => Promise<R>,
): Promise<R> {
  const store = openSqlite(folder);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
