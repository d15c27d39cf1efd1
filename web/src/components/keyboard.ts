import { navigate } from "../router/router.ts";
import { tweetOf } from "../store/tweets.ts";
import type { TweetList } from "../store/lists.ts";
import { me } from "../store/session.ts";
import { signal } from "../store/signal.ts";
import { shareTweet } from "./tweet-actions.tsx";

/** What the keys do, for the page that shows them. */
export const KEYS: readonly { keys: string[]; does: string }[] = [
  { keys: ["j"], does: "Next tweet" },
  { keys: ["k"], does: "Previous tweet" },
  { keys: ["Enter"], does: "Open the tweet" },
  { keys: ["n"], does: "Write a tweet" },
  { keys: ["l"], does: "Load the latest tweets" },
  { keys: ["s"], does: "Share the tweet" },
  { keys: ["g", "h"], does: "Go home" },
  { keys: ["g", "n"], does: "Go to notifications" },
  { keys: ["g", "p"], does: "Go to your profile" },
  { keys: ["?"], does: "Show these keys" },
];

/** Which dialog the keys, or a button, have opened. */
export const openDialog = signal<"compose" | "keys" | null>(null);

/** The list on screen that the keys move in. */
interface Target {
  list: TweetList;
  reveal(index: number): void;
}

let target: Target | null = null;
let goPressed = -Infinity;
/** How long after `g` its second letter counts, in milliseconds. */
const CHORD = 1500;

export const keyboard = {
  attach(next: Target): () => void {
    target = next;
    return () => {
      if (target === next) target = null;
    };
  },
};

export function startKeyboard(): void {
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });
}

/** @returns whether the key means something here */
function press(key: string): boolean {
  const after = performance.now() - goPressed < CHORD;
  goPressed = -Infinity;
  if (after) return go(key);
  switch (key) {
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "n":
      if (me.value) openDialog.set("compose");
      return me.value !== null;
    case "l":
      window.scrollTo({ top: 0 });
      target?.list.reveal();
      return target !== null;
    case "s":
      return share();
    case "g":
      goPressed = performance.now();
      return true;
    case "?":
      openDialog.set("keys");
      return true;
    default:
      return false;
  }
}

function go(key: string): boolean {
  const user = me.value;
  const paths: Record<string, string | undefined> = {
    h: "/",
    n: user ? "/notifications" : undefined,
    p: user ? `/user/${user.username}` : undefined,
  };
  const path = paths[key];
  if (path) navigate(path);
  return path !== undefined;
}

/** Puts the focus on the next tweet, or on the first that can be seen. */
function move(by: 1 | -1): boolean {
  if (!target) return false;
  const { ids } = target.list.state.value;
  const at = ids.indexOf(focusedTweet() ?? "");
  const index = at === -1 ? firstVisible(ids) : Math.min(Math.max(at + by, 0), ids.length - 1);
  const id = ids[index];
  if (id === undefined) return false;
  target.reveal(index);
  // It may be drawn only after the window has moved there.
  const focus = (tries: number) => {
    const row = document.querySelector<HTMLElement>(`[data-tweet="${id}"]`);
    if (row) row.focus({ preventScroll: true });
    else if (tries > 0) requestAnimationFrame(() => focus(tries - 1));
  };
  focus(10);
  return true;
}

function firstVisible(ids: readonly string[]): number {
  for (const row of document.querySelectorAll<HTMLElement>("[data-tweet]")) {
    if (row.getBoundingClientRect().top >= 0) return Math.max(ids.indexOf(row.dataset["tweet"] ?? ""), 0);
  }
  return 0;
}

function share(): boolean {
  const tweet = tweetOf(focusedTweet() ?? "");
  if (tweet) void shareTweet(tweet);
  return tweet !== undefined;
}

function focusedTweet(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-tweet]")?.dataset["tweet"];
}

function isTyping(element: EventTarget | null): boolean {
  return (element as Element | null)?.closest("input, textarea, select, [contenteditable]") != null;
}
