import { type ReadonlySignal, signal } from "@preact/signals";
import type { Notification, NotificationPage } from "../api/shapes.ts";

interface ListState {
  /** Newest first. */
  readonly items: readonly Notification[];
  readonly next: string | null;
  readonly status: "idle" | "loading" | "failed";
  readonly error: string;
  readonly loaded: boolean;
}

/** The notifications of one tab, as the screen sees them. */
export interface NotificationList {
  readonly state: ReadonlySignal<ListState>;
  /**
   * Reads again as many as are loaded, from the newest on, so that the list doesn't get shorter under the reader.
   *
   * @param least reads at least this many
   */
  refresh(least?: number): Promise<void>;
  /** Reads the next older page. */
  more(): Promise<void>;
}

interface ListParts {
  /** The address of the newest page. */
  path: string;
  read: (path: string) => Promise<NotificationPage>;
  /** Prepares what was read for the list: keeps tweets, leaves out what is gone. */
  take: (items: readonly Notification[]) => Notification[];
  explain: (error: unknown) => string;
  /** A refresh begins. @returns a function that gets its answer */
  onRefresh: () => (page: NotificationPage) => void;
}

const EMPTY: ListState = { items: [], next: null, status: "idle", error: "", loaded: false };
/** The server's default. It is enough for the badge. */
const PAGE = 20;
/** The server's limit for a page. */
const PAGE_LIMIT = 100;

/** A list of notifications, as pages and live events bring them in any order. */
export function createNotificationList({ path, read, take, explain, onRefresh }: ListParts) {
  const state = signal(EMPTY);
  /** For each page that is being read: what came live meanwhile, and may be missing from that page. */
  const meanwhile = new Set<Notification[]>();
  /** The number of the last refresh. The answer to an earlier request would leave a gap. */
  let turn = 0;

  const change = (part: Partial<ListState>) => {
    state.value = { ...state.value, ...part };
  };

  async function load(from: string, added: (page: NotificationPage, came: Notification[]) => Notification[]) {
    const asked = turn;
    const came: Notification[] = [];
    meanwhile.add(came);
    change({ status: "loading", error: "" });
    try {
      const page = await read(from);
      if (asked !== turn) return;
      change({ items: added(page, came), next: page.next, status: "idle", loaded: true });
    } catch (error) {
      if (asked === turn) change({ status: "failed", error: explain(error) });
    } finally {
      meanwhile.delete(came);
    }
  }

  return {
    state,

    async refresh(least = PAGE): Promise<void> {
      turn++;
      const size = Math.min(PAGE_LIMIT, Math.max(least, state.value.items.length));
      const query = size === PAGE ? "" : `${path.includes("?") ? "&" : "?"}limit=${size}`;
      const answered = onRefresh();
      await load(path + query, (page, came) => {
        answered(page);
        return merged(take(came), take(page.notifications));
      });
    },

    async more(): Promise<void> {
      const { next, status } = state.value;
      if (next === null || status === "loading") return;
      await load(next, (page) => merged(state.value.items, take(page.notifications)));
    },

    /** Adds a notification that arrived live. */
    add(item: Notification): void {
      for (const came of meanwhile) came.push(item);
      change({ items: merged(state.value.items, [item]) });
    },

    edit(edited: (items: readonly Notification[]) => readonly Notification[]): void {
      change({ items: edited(state.value.items) });
    },

    clear(): void {
      turn++;
      state.value = EMPTY;
    },
  };
}

/** Both lists in one, newest first, each notification once. */
function merged(items: readonly Notification[], more: readonly Notification[]): Notification[] {
  const byId = new Map([...items, ...more].map((item) => [item.id, item]));
  return [...byId.values()].sort((a, b) => (isNewer(a.id, b.id) ? -1 : 1));
}

/** Ids are numbers, written without leading zeros. */
export function isNewer(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length;
}
