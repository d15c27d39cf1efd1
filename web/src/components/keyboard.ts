import { navigate } from "../router/router.ts";
import type { TweetList } from "../store/lists.ts";
import { me } from "../store/session.ts";
import { singleKeys } from "../store/settings.ts";
import { show } from "./dialogs.ts";
import { shortcutKey } from "./shortcut-key.ts";

/** The list on screen, through which `j` and `k` move. */
interface Target {
  list: TweetList;
  reveal(index: number): void;
}

let target: Target | null = null;
let goPressed = -Infinity;
/** The second key of a `g` shortcut has to follow within this time. */
const CHORD_MS = 1500;
const MODIFIERS = new Set(["Shift", "CapsLock", "AltGraph", "Fn", "NumLock"]);

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
    if (!singleKeys.value || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    // Keys that only change the next one don't come between the two of a chord.
    if (MODIFIERS.has(event.key)) return;
    const key = shortcutKey(event);
    if (key !== null && press(key)) event.preventDefault();
  });
}

/** @returns whether the key is a shortcut here */
function press(key: string): boolean {
  const after = performance.now() - goPressed < CHORD_MS;
  goPressed = -Infinity;
  if (after) return go(key);
  switch (key) {
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "n":
      if (me.value) show("compose");
      return me.value !== null;
    case "l":
    case ".":
      window.scrollTo({ top: 0 });
      target?.list.reveal();
      return target !== null;
    case "s":
      return act("share");
    case "d":
    case "Delete":
      return act("delete");
    case "/":
      search();
      return true;
    case "g":
      goPressed = performance.now();
      return true;
    case "?":
      show("keys");
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
    s: user ? "/settings" : undefined,
  };
  const path = paths[key];
  if (path) navigate(path);
  return path !== undefined;
}

/** Focuses the next tweet, or the first visible one. */
function move(by: 1 | -1): boolean {
  if (!target) return false;
  const { ids } = target.list.state.value;
  const at = ids.indexOf(focusedTweet() ?? "");
  const index = at === -1 ? firstVisible(ids) : Math.min(Math.max(at + by, 0), ids.length - 1);
  const id = ids[index];
  if (id === undefined) return false;
  target.reveal(index);
  focusSoon(`[data-tweet="${id}"]`);
  return true;
}

/** Focuses an element that may be drawn only a few frames later. */
function focusSoon(selector: string, tries = 10): void {
  const element = document.querySelector<HTMLElement>(selector);
  if (element) element.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusSoon(selector, tries - 1));
}

function search(): void {
  navigate("/users");
  focusSoon('#main [type="search"]');
}

function firstVisible(ids: readonly string[]): number {
  for (const row of document.querySelectorAll<HTMLElement>("[data-tweet]")) {
    if (row.getBoundingClientRect().top >= 0) return Math.max(ids.indexOf(row.dataset["tweet"] ?? ""), 0);
  }
  return 0;
}

/** Presses a button of the tweet that has the focus, or of the only one on screen. @returns whether there is one */
function act(action: "share" | "delete"): boolean {
  const tweet = document.activeElement?.closest("[data-tweet]") ?? document.querySelector(".one-tweet");
  const button = tweet?.querySelector<HTMLElement>(`[data-action="${action}"]`);
  button?.click();
  return button != null;
}

/** @returns the id of the tweet in a list that has the focus, or in which something has */
export function focusedTweet(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-tweet]")?.dataset["tweet"];
}

function isTyping(element: EventTarget | null): boolean {
  return (element as Element | null)?.closest("input, textarea, select, [contenteditable], .composer") != null;
}
