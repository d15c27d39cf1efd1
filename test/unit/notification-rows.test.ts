import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { groupOf } from "../../contract/notices.ts";
import type { Notification, NotificationPage } from "../../contract/shapes.ts";
import { idAt } from "../../lib/snowflake.ts";
import { foldRows } from "../../web/src/screens/notifications/rows.ts";
import { createInbox } from "../../web/src/store/inbox.ts";

const BEGIN_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const NAMES = ["ada", "ben", "cem"];
const PAGE = 3;

let tests = 0;

/**
 * A server with one user's notifications. Requests and live events wait until the test lets them through. Ids are different
 * in each test, because the client never shows a deleted tweet again.
 */
function createServer() {
  const day = BEGIN_MS + tests++ * 86_400_000;
  let all: Notification[] = [];
  let readUpTo = "0";
  let now = 0;

  const unreadGroups = () => [...new Set(all.filter(({ id }) => id > readUpTo).map(({ group }) => group))];
  const marked = (item: Notification) => ({ ...item, read: item.id <= readUpTo });

  function happens(kind: Notification["kind"], actor: string, minutes: number): Notification {
    now += minutes + 1;
    const id = idAt(day + now * MINUTE_MS);
    const author = { id: actor, username: actor, displayName: actor, avatarUrl: null };
    const tweet = { id, text: id, author, media: [], url: "", createdAt: "", location: null, metadata: {} };
    const item = { id, kind, createdAt: "", read: false, group: groupOf({ id, kind }), actor: author };
    const full: Notification = kind === "follow" ? item : { ...item, tweet };
    all = [full, ...all];
    return full;
  }

  return {
    happens,
    goes(index: number): { id: string; unreadGroups: string[] } | null {
      const item = all[index % Math.max(1, all.length)];
      if (!item) return null;
      all = all.filter(({ id }) => id !== item.id);
      return { id: item.id, unreadGroups: unreadGroups() };
    },
    reads(index: number): { upTo: string; unreadGroups: string[] } | null {
      const item = all[index % Math.max(1, all.length)];
      if (!item) return null;
      if (item.id > readUpTo) readUpTo = item.id;
      return { upTo: readUpTo, unreadGroups: unreadGroups() };
    },
    page(path: string): NotificationPage {
      const query = new URL(path, "http://x").searchParams;
      const [before, kind] = [query.get("before") ?? "9", query.get("kind")];
      const found = all.filter((item) => item.id < before && (!kind || item.kind === kind)).map(marked);
      const page = found.slice(0, PAGE);
      const next =
        found.length > PAGE ? `/notifications?before=${page.at(-1)!.id}${kind ? `&kind=${kind}` : ""}` : null;
      return { notifications: page, unread: 0, unreadGroups: unreadGroups(), next };
    },
  };
}

const step = fc.oneof(
  fc.record({
    do: fc.constant("happens" as const),
    kind: fc.constantFrom("tweet" as const, "mention" as const, "follow" as const),
    actor: fc.constantFrom(...NAMES),
    minutes: fc.nat(40),
  }),
  ...(["goes", "reads"] as const).map((kind) => fc.record({ do: fc.constant(kind), index: fc.nat(10) })),
  ...(["refresh", "more", "leave"] as const).map((kind) => fc.record({ do: fc.constant(kind) })),
  /** Lets waiting requests be answered by the server, or hands waiting answers and events over. */
  ...(["answer", "hand over", "hear"] as const).map((kind) => fc.record({ do: fc.constant(kind), index: fc.nat(10) })),
);

describe("the client's rows and badge", () => {
  it("are those of a reload, whatever came in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const server = createServer();
        const asked: { path: string; resolve: (page: NotificationPage) => void }[] = [];
        const answers: (() => void)[] = [];
        /** Live events in the order of one connection. Notifications of other authors may overtake each other. */
        const tellings: (() => void)[] = [];
        const arrivals: (() => void)[] = [];
        const inbox = createInbox({
          read: (path) => new Promise((resolve) => asked.push({ path, resolve })),
          markRead: () => Promise.resolve(),
          explain: String,
        });
        const answer = (index: number) => {
          const [request] = asked.splice(index % Math.max(1, asked.length), 1);
          if (!request) return;
          const page = server.page(request.path);
          answers.push(() => request.resolve(page));
        };
        const takeOne = (from: (() => void)[], index: number) =>
          from.splice(index % Math.max(1, from.length), 1)[0]?.();
        const settle = async () => {
          while (asked.length + answers.length + tellings.length + arrivals.length > 0) {
            answer(0);
            for (const queue of [answers, arrivals, tellings]) takeOne(queue, 0);
            await Promise.resolve();
          }
          for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        };
        void inbox.refresh();
        for (const each of steps) {
          if (each.do === "happens") {
            const item = server.happens(each.kind, each.actor, each.minutes);
            arrivals.push(() => inbox.add(item));
          } else if (each.do === "goes") {
            const told = server.goes(each.index);
            if (told) tellings.push(() => inbox.drop(told));
          } else if (each.do === "reads") {
            const told = server.reads(each.index);
            if (told) tellings.push(() => inbox.takeRead(told));
          } else if (each.do === "refresh") void inbox.refresh();
          else if (each.do === "more") void inbox.all.more();
          else if (each.do === "leave") inbox.unmark();
          else if (each.do === "answer") answer(each.index);
          else if (each.do === "hand over") takeOne(answers, each.index);
          else if (each.do === "hear") {
            // Those that tell of the unread groups come in the order of the connection.
            if (arrivals.length > 0) takeOne(arrivals, each.index);
            else takeOne(tellings, 0);
          }
          await Promise.resolve();
        }
        await settle();
        const badge = inbox.unread.value;
        expect(badge).toBe(server.page("/notifications").unreadGroups.length);
        // To the end of both lists: then the rows are all of the server's.
        for (const list of [inbox.all, inbox.mentions]) {
          if (!list.state.value.loaded) void list.refresh();
          await settle();
          while (list.state.value.next !== null) {
            void list.more();
            await settle();
          }
        }
        const fresh = createInbox({
          read: (path) => Promise.resolve(server.page(path)),
          markRead: () => Promise.resolve(),
          explain: String,
        });
        for (const name of ["all", "mentions"] as const) {
          const list = fresh[name];
          await list.refresh();
          while (list.state.value.next !== null) await list.more();
          expect(foldRows(inbox[name].state.value.items)).toEqual(foldRows(list.state.value.items));
        }
        expect(inbox.unread.value).toBe(fresh.unread.value);
        fresh.clear();
      }),
      { numRuns: 300 },
    );
  });

  it("have no gap when an older page arrives after the list was read again", async () => {
    const server = createServer();
    const asked: (() => void)[] = [];
    const inbox = createInbox({
      read: (path) => {
        const page = server.page(path);
        return new Promise((resolve) => asked.push(() => resolve(page)));
      },
      markRead: () => Promise.resolve(),
      explain: String,
    });
    const happen = (count: number) => Array.from({ length: count }, () => server.happens("mention", "ada", 1));
    happen(2 * PAGE);
    const first = inbox.refresh();
    asked.shift()!();
    await first;
    const older = inbox.all.more();
    // The connection was down, so these did not arrive live.
    happen(PAGE);
    const again = inbox.refresh();
    asked.pop()!();
    await again;
    asked.pop()!();
    await older;
    const rest = inbox.all.more();
    asked.pop()!();
    await rest;
    expect(inbox.all.state.value.items.map(({ id }) => id)).toEqual([
      ...server.page("/notifications").notifications.map(({ id }) => id),
      ...server.page(server.page("/notifications").next!).notifications.map(({ id }) => id),
    ]);
  });
});
