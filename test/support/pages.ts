import { expect } from "@jest/globals";
import type { Api, Reply } from "./client.ts";

type ListName = "tweets" | "users" | "notifications";
type Page<T> = Record<ListName, T[]> & { next: string | null };

/**
 * Reads a list from its first page to its end by following `next`. Checks every page: no longer than the limit, and `next`
 * is a relative URL of the same path with the same limit.
 *
 * @param path the list's path without a query, for example `/feed`
 * @param name the field with the items
 * @returns the items of all pages
 */
export async function readAll<T extends { id: string }>(
  api: Api,
  path: string,
  name: ListName,
  limit = 100,
): Promise<T[]> {
  const items: T[] = [];
  let next: string | null = `${path}?limit=${limit}`;
  for (let pages = 0; next !== null; pages += 1) {
    if (pages > 1000) throw new Error(`${path} has not ended after 1000 pages`);
    const reply: Reply<Page<T>> = await api.get(next);
    expect([reply.status, next]).toEqual([200, next]);
    const page = reply.body[name];
    expect(page.length).toBeLessThanOrEqual(limit);
    items.push(...page);
    next = reply.body.next;
    if (next === null) break;
    expect(next).toMatch(/^\/[^/]/);
    const url = new URL(next, api.url);
    expect(url.pathname.toLowerCase()).toBe(path.toLowerCase());
    expect(url.searchParams.get("limit")).toBe(String(limit));
  }
  return items;
}

/** @returns the ids of a complete list, read in pages of `limit` */
export async function readAllIds(api: Api, path: string, name: ListName, limit = 100): Promise<string[]> {
  return (await readAll(api, path, name, limit)).map((item) => item.id);
}
