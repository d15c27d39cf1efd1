import { setImmediate as turn } from "node:timers/promises";
import { compileFunction } from "node:vm";

/*
 * A browser with several windows, and a server, around the client's own code of its drafts and outbox. Time is virtual, and
 * every answer takes some, so that a random test can come between any two steps.
 */

export interface File {
  readonly size: number;
  readonly name: string;
  isLost: boolean;
  /** Whether its upload never ends. */
  readonly isStuck: boolean;
}

export interface Attachment {
  readonly id: string;
  readonly file: File;
  readonly name: string;
  readonly kind: "image";
  readonly alt: string;
}

interface Content {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly location: null;
}

export interface Entry extends Content {
  readonly key: string;
  readonly userId: string;
  readonly refusal: string;
}

/** What the test uses of the client's code. */
export interface Client {
  readonly me: { value: { id: string; username: string } | null };
  readonly draft: { value: Content & { id: string } };
  readonly otherDrafts: { value: readonly { id: string; text: string; files: number }[] };
  readonly outbox: { value: readonly Entry[] };
  readonly readingFiles: { value: number };
  readonly sessionEnded: { value: boolean };
  editDraft(change: Partial<Content>): void;
  countReading(): () => void;
  addToDraft(id: string, userId: string, added: Attachment): Promise<void>;
  uploaded(attachment: Attachment): Promise<unknown>;
  showDraft(id: string): void;
  removeDraft(id: string): void;
  refreshDrafts(): void;
  sendDraft(): void;
  openOutbox(): Promise<void>;
  takeBack(entry: Entry): void;
  discard(entry: Entry): void;
  refreshSession(): Promise<unknown>;
}

interface Sent {
  readonly userId: string;
  readonly body: string;
  readonly text: string;
}

/** How the server and the network behave at the moment. */
export type Mode = "fine" | "offline" | "answers are lost" | "fails" | "fails after storing" | "uploads fail";

/** Longer than any step of a browser or a server here takes. */
const STEP_MS = 20;

export function createWorld(script: string) {
  const load = compileFunction(`with (globals) { ${script}; return Client; }`, ["globals"]) as (
    globals: object,
  ) => Client;
  let now = 1_700_000_000_000;
  let order = 0;
  let timers: { at: number; order: number; run: () => void }[] = [];
  const later = (ms: number, run: () => void) => {
    const timer = { at: now + ms, order: order++, run };
    timers.push(timer);
    return timer;
  };
  const after = <T>(ms: number, answer: () => T | Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      later(ms, () => {
        try {
          resolve(answer());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });

  /** Lets virtual time pass, and everything happen that is due. */
  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    for (;;) {
      await turn();
      const next = timers.sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next || next.at > end) break;
      now = Math.max(now, next.at);
      timers = timers.filter((timer) => timer !== next);
      next.run();
    }
    now = end;
  }

  // What all windows share.
  const local = new Map<string, string>();
  const files = new Map<string, unknown>();
  let windows: FakeWindow[] = [];
  let channels: { name: string; window: FakeWindow; onmessage?: (event: { data: unknown }) => void }[] = [];

  const server = {
    mode: "fine" as Mode,
    tweets: new Map<string, Sent>(),
    sessions: new Map<string, string>(),
    /** The descriptions of the uploaded files, by id. */
    alts: new Map<string, string>(),
  };
  let cookie = "";

  function answer(method: string, path: string, body: unknown, session: string): { status: number; body: unknown } {
    const userId = server.sessions.get(session);
    if (path === "/auth/session") return { status: 200, body: { user: userId ? userOf(userId) : null } };
    if (!userId) return { status: 401, body: { status: 401 } };
    const { alt = "", text = "" } = (body ?? {}) as { alt?: string; text?: string };
    if (method === "PATCH") server.alts.set(path.slice("/media/".length), alt);
    if (method === "PATCH") return { status: 204, body: undefined };
    if (path === "/media") {
      const id = `m${server.alts.size}`;
      server.alts.set(id, alt);
      return { status: 201, body: { id } };
    }
    const key = path.slice("/tweet/".length);
    const sent = server.tweets.get(key);
    if (method === "GET") return sent ? { status: 200, body: tweetOf(key, sent) } : { status: 404, body: {} };
    if (text.includes("broken")) return { status: 500, body: {} };
    if (text.includes("bad")) return { status: 422, body: { detail: "Refused" } };
    const content = JSON.stringify(body);
    if (sent && (sent.userId !== userId || sent.body !== content))
      return { status: 409, body: { code: "KEY_CONTENT", detail: "Another content" } };
    const tweet = sent ?? { userId, body: content, text };
    server.tweets.set(key, tweet);
    return { status: sent ? 200 : 201, body: tweetOf(key, tweet) };
  }

  /** @returns the server's answer; null if none arrives */
  function exchange(method: string, path: string, body: unknown, session: string) {
    const { mode } = server;
    const isPost = method === "POST" && path.startsWith("/tweet");
    if (mode === "offline" || (mode === "uploads fail" && path === "/media")) return null;
    if (mode === "fails" && isPost) return { status: 500, body: {} };
    const answered = answer(method, path, body, session);
    if (mode === "fails after storing" && isPost) return { status: 500, body: {} };
    return mode === "answers are lost" && isPost ? null : answered;
  }

  class FakeWindow extends EventTarget {
    readonly session: Map<string, string>;
    readonly client: Client;
    isOpen = true;

    constructor(session = new Map<string, string>()) {
      super();
      this.session = session;
      windows.push(this);
      this.client = load(this.globals());
      void this.client.openOutbox();
    }

    /** Closes the window; `gently` lets its code say goodbye. */
    close(gently: boolean): void {
      if (gently) this.dispatchEvent(new Event("pagehide"));
      this.isOpen = false;
      windows = windows.filter((other) => other !== this);
      channels = channels.filter(({ window }) => window !== this);
    }

    reload(gently: boolean): FakeWindow {
      this.close(gently);
      return new FakeWindow(this.session);
    }

    private globals(): object {
      // eslint-disable-next-line @typescript-eslint/no-this-alias
      const window = this;
      const storage = (items: Map<string, string>, tell: (key: string) => void) =>
        new Proxy(
          {
            getItem: (key: string) => items.get(key) ?? null,
            setItem: (key: string, value: string) => {
              if (!window.isOpen || items.get(key) === value) return;
              items.set(key, value);
              tell(key);
            },
            removeItem: (key: string) => {
              if (window.isOpen && items.delete(key)) tell(key);
            },
          },
          {
            ownKeys: () => [...items.keys()],
            getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
          },
        );
      const localStorage = storage(local, (key) => {
        for (const other of windows) {
          if (other === window) continue;
          later(1, () => other.isOpen && other.dispatchEvent(Object.assign(new Event("storage"), { key })));
        }
      });
      const sessionStorage = storage(window.session, () => undefined);
      /** A closed window hears no answer. */
      const whileOpen = <T>(ms: number, work: () => T | Promise<T>) =>
        new Promise<T>((resolve, reject) => {
          after(ms, () => (window.isOpen ? work() : never<T>())).then(
            (value) => window.isOpen && resolve(value),
            (error: Error) => window.isOpen && reject(error),
          );
        });
      const storeFiles = (key: string, value: { attachments: Attachment[] }) => {
        if (value.attachments.some(({ file }) => file.isLost)) throw new Error("DataError");
        files.set(key, {
          ...value,
          attachments: value.attachments.map((one) => ({ ...one, file: fileOf(one.name, one.file.isStuck) })),
        });
      };
      const request = async (method: string, path: string, body: unknown) => {
        const session = cookie;
        // The server does its part even if the window is closed meanwhile.
        const answered = await after(STEP_MS / 2, () => exchange(method, path, body, session));
        return whileOpen(STEP_MS / 2, () => answered);
      };
      const globals = {
        window: Object.assign(window, { localStorage, sessionStorage }),
        localStorage,
        sessionStorage,
        navigator: { onLine: true, userAgent: "" },
        // No answers come with the page.
        document: { getElementById: () => null },
        performance: { timeOrigin: now, now: () => now },
        Date: class extends Date {
          constructor() {
            super(now++);
          }
          static override now() {
            return now;
          }
        },
        crypto,
        btoa,
        Map,
        Set,
        Event,
        EventTarget,
        URL: { revokeObjectURL: () => undefined },
        Blob: class {
          size = 0;
        },
        AbortSignal: { timeout: () => undefined },
        IDBKeyRange: { bound: (lower: string) => ({ lower }) },
        setTimeout: (run: () => void, ms = 0) => later(ms, () => window.isOpen && run()),
        clearTimeout: (timer: unknown) => (timers = timers.filter((other) => other !== timer)),
        fileStorage: {
          get: (key: string) => whileOpen(3, () => files.get(key)),
          all: (prefix: string) =>
            whileOpen(3, () => [...files].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value)),
          set: (key: string, value: { attachments: Attachment[] }) => whileOpen(3, () => storeFiles(key, value)),
          del: (key: string) => whileOpen(3, () => void files.delete(key)),
        },
        fetch: async (path: string, { method, body }: { method: string; body?: string }) => {
          const answered = await request(method, path, body === undefined ? undefined : JSON.parse(body));
          if (!answered) throw new TypeError("Failed to fetch");
          const text = answered.body === undefined ? "" : JSON.stringify(answered.body);
          return { status: answered.status, text: () => Promise.resolve(text), headers: { get: () => null } };
        },
        FormData: class {
          file: File | undefined;
          alt = "";
          set(name: string, value: unknown) {
            if (name === "file") this.file = value as File;
            if (name === "alt") this.alt = value as string;
          }
        },
        XMLHttpRequest: class extends EventTarget {
          upload = new EventTarget();
          status = 0;
          responseText = "";
          open() {}
          setRequestHeader() {}
          getResponseHeader = () => null;
          abort() {
            this.dispatchEvent(new Event("abort"));
          }
          send({ file, alt }: { file?: File; alt: string }) {
            if (file?.isStuck) return;
            void request("POST", "/media", { alt }).then((answered) => {
              if (!answered || file?.isLost || file?.size === 0) return this.dispatchEvent(new Event("error"));
              this.status = answered.status;
              this.responseText = JSON.stringify(answered.body);
              return this.dispatchEvent(new Event("load"));
            });
          }
        },
        BroadcastChannel: class {
          declare onmessage: (event: { data: unknown }) => void;
          readonly name: string;
          readonly window = window;
          constructor(name: string) {
            this.name = name;
            channels.push(this);
          }
          postMessage(data: unknown) {
            for (const other of channels.filter(({ name }) => name === this.name)) {
              if (other !== this) later(1, () => other.window.isOpen && other.onmessage?.({ data }));
            }
          }
        },
      };
      return globals;
    }
  }

  return {
    server,
    advance,
    later,
    open: () => new FakeWindow(),
    /** Opens a copy of a window, as browsers do for "Duplicate tab". */
    copy: ({ session }: FakeWindow) => new FakeWindow(new Map(session)),
    /** The open windows. */
    windows: () => windows,
    /** A session that begins in a window, as by its login form. */
    logIn(window: FakeWindow, userId: string): void {
      cookie = `s${order++}`;
      server.sessions.set(cookie, userId);
      window.client.me.value = userOf(userId);
    },
    logOut(window: FakeWindow): void {
      server.sessions.delete(cookie);
      window.client.me.value = null;
    },
    /** Each tweet on the server: its author, and its text with the descriptions of its files. */
    published: () =>
      [...server.tweets.values()].map(({ userId, body, text }) => {
        const { media = [] } = JSON.parse(body) as { media?: string[] };
        return { userId, text: [text, ...media.map((id) => server.alts.get(id))].join(" ") };
      }),
    /** Ends all sessions, as from another device. The windows find out with their next request. */
    endSessions: () => server.sessions.clear(),
  };
}

export type World = ReturnType<typeof createWorld>;

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

export function fileOf(name: string, isStuck: boolean): File {
  const file = {
    size: 100,
    name,
    isLost: false,
    isStuck,
    slice: () => ({
      arrayBuffer: () => (file.isLost ? Promise.reject(new Error("NotReadableError")) : Promise.resolve()),
    }),
  };
  return file;
}

function userOf(id: string) {
  return { id, username: id };
}

function tweetOf(key: string, { userId, text }: Sent) {
  return { id: key, key, text, author: userOf(userId), createdAt: new Date(0).toISOString(), media: [] };
}
