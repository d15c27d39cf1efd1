import { signal } from "@preact/signals";
import { type Anchor, anchoredList } from "./anchor.ts";
import { focusedSelector } from "./focus.ts";
import { isScreen } from "./routes.ts";

/** The current address, and how the reader came there. */
export interface Place {
  readonly path: string;
  /** Identifies one entry of the browser's history. Going back returns to the same visit. */
  readonly visit: string;
  /** Whether the browser went back or forward to this visit, so that its scroll position is restored. */
  readonly returning: boolean;
}

const POSITIONS = "starling:positions";
/** The most scroll positions that are kept for going back. */
const MOST_POSITIONS = 100;

function visitOf(state: unknown): string {
  return (state as { visit?: string } | null)?.visit ?? "first";
}

export const place = signal<Place>({ path: location.pathname, visit: visitOf(history.state), returning: true });

/** Where a reader was: the offset (px) and, in a list, a row; and a selector of what had the focus. */
interface Position {
  y: number;
  anchor: Anchor | null;
  focus: string | null;
}

const positions = new Map<string, Position>(readPositions());

function readPositions(): [string, Position][] {
  try {
    return JSON.parse(sessionStorage.getItem(POSITIONS) ?? "[]") as [string, Position][];
  } catch {
    return [];
  }
}

/** Stores the current position. */
function remember(): void {
  positions.delete(place.value.visit);
  positions.set(place.value.visit, {
    y: window.scrollY,
    anchor: anchoredList()?.find() ?? null,
    focus: focusedSelector(),
  });
}

/** @returns the position at which the reader left this visit */
export function positionOf(visit: string): Position {
  return positions.get(visit) ?? { y: 0, anchor: null, focus: null };
}

/** Opens a screen of the client. @param path with `replace` it takes the place of the current history entry */
export function navigate(path: string, { replace = false } = {}): void {
  if (path === place.value.path && !replace) {
    window.scrollTo({ top: 0 });
    return;
  }
  remember();
  const visit = Math.random().toString(36).slice(2);
  if (replace) history.replaceState({ visit }, "", path);
  else history.pushState({ visit }, "", path);
  place.value = { path: new URL(path, location.href).pathname, visit, returning: false };
}

/** Goes back, or home if the reader has come from another site. */
export function goBack(): void {
  if (history.state === null) navigate("/");
  else history.back();
}

/** Handles the browser's history, and clicks on links to screens of the client. */
export function startRouter(): void {
  history.scrollRestoration = "manual";
  window.addEventListener("popstate", (event) => {
    remember();
    place.value = { path: location.pathname, visit: visitOf(event.state), returning: true };
  });
  window.addEventListener("pagehide", () => {
    remember();
    try {
      sessionStorage.setItem(POSITIONS, JSON.stringify([...positions].slice(-MOST_POSITIONS)));
    } catch {
      // Without storage a reload starts at the top.
    }
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link?.href || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (!isScreen(link.pathname) || link.hash) return;
    event.preventDefault();
    navigate(link.pathname);
  });
}
