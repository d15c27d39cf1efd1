import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../dev/replay/http.ts";
import { readList } from "../../dev/replay/lists.ts";
import type { Person } from "../../dev/replay/people.ts";
import type { ClosedReport } from "../load/closed.ts";

/** Time that acknowledged tweets have to appear in feeds: tweets that were not delivered are tried again within seconds. */
const SETTLE_MS = 20_000;
const CHECK_INTERVAL_MS = 250;
const PAGE_LENGTH = 100;

/** The tweets that were acknowledged to each author, by the author's username. */
export type Acknowledged = ReadonlyMap<string, readonly string[]>;

/**
 * Checks that every acknowledged tweet is once in its author's profile, and once in the feed of each of the readers, who
 * follow all authors. Waits a while for what is missing.
 *
 * @returns a sentence for each fault
 */
export async function auditPosts(
  client: Client,
  acknowledged: Acknowledged,
  readers: readonly Person[],
  settleMs = SETTLE_MS,
): Promise<string[]> {
  const end = performance.now() + settleMs;
  const settle = async (list: string, path: string, token: string, wanted: readonly string[]) => {
    for (;;) {
      const found = await readList(
        client,
        { path, token },
        () => PAGE_LENGTH,
        wanted.length,
        () => undefined,
      );
      const faults = compare(
        list,
        found.map(({ id }) => id),
        wanted,
      );
      if (faults.length === 0 || performance.now() > end) return faults;
      await pause(CHECK_INTERVAL_MS);
    }
  };
  const faults: string[] = [];
  const { token } = readers[0]!;
  for (const [author, ids] of acknowledged) {
    faults.push(...(await settle(`the profile of ${author}`, `/user/${author}`, token, ids)));
  }
  const all = [...acknowledged.values()].flat();
  for (const reader of readers) {
    faults.push(...(await settle(`the feed of ${reader.username}`, "/feed", reader.token, all)));
  }
  return faults;
}

/** @param wanted the ids that must be in the list once, whatever else is there */
function compare(list: string, found: readonly string[], wanted: readonly string[]): string[] {
  const present = new Set(found);
  const lost = wanted.filter((id) => !present.has(id));
  return [
    ...(lost.length > 0 ? [`${lost.length} acknowledged tweets are missing from ${list}, such as ${lost[0]}.`] : []),
    ...(present.size < found.length ? [`${found.length - present.size} tweets are twice in ${list}.`] : []),
  ];
}

/** Checks the answers under load: all are good, and of the expected length (bytes), if that is known. */
export function auditAnswers(side: string, report: ClosedReport, bytes?: number): string[] {
  const { answered, failed, leastBytes, mostBytes } = report;
  const faults = Object.entries(failed).map(([status, count]) =>
    status === "0" ? `${side} lost ${count} connections.` : `${side} answered ${count} requests with ${status}.`,
  );
  if (answered === 0) faults.push(`${side} answered nothing.`);
  else if (bytes !== undefined && (leastBytes !== bytes || mostBytes !== bytes)) {
    faults.push(`${side} sent bodies of ${leastBytes} to ${mostBytes} bytes instead of ${bytes}.`);
  }
  return faults;
}

/** Checks one answer: the status, and the number of tweets in its body. */
export async function auditPage(
  side: string,
  url: string,
  init: { path: string; token: string; tweets: number },
): Promise<string[]> {
  const headers = { authorization: `Bearer ${init.token}`, accept: "application/json" };
  const reply = await fetch(url + init.path, { headers });
  const body = (await reply.json()) as { tweets?: unknown[]; id?: string };
  if (reply.status !== 200) return [`${side} answered ${init.path} with ${reply.status}.`];
  const tweets = body.tweets?.length ?? (body.id === undefined ? 0 : 1);
  return tweets === init.tweets ? [] : [`${side} sent ${tweets} tweets for ${init.path} instead of ${init.tweets}.`];
}
