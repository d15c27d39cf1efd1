import { expect } from "@jest/globals";
import type { Api, Reply } from "./client.ts";

type ListName = "tweets" | "users" | "notifications";
type Page<T> = Record<ListName, T[]> & { next: string | null };

/**
 * Reads a list from its first page to the end by following `next`, checking on the way that every page keeps its
 * promises: no longer than the limit, and a `next` that is relative, to the same path, and keeps the limit.
 *
 * @param path the list's path without a query, for example `/feed`
 * @param name the field that holds the items
 * @returns all pages joined
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
    if (pages > 1000) throw new Error(`${path} has no end`);
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

/** @returns the ids of a whole list, read in pages of `limit` */
export async function readAllIds(api: Api, path: string, name: ListName, limit = 100): Promise<string[]> {
  return (await readAll(api, path, name, limit)).map((item) => item.id);
}
