import { signal } from "../store/signal.ts";
import { type Anchor, anchoredList } from "./anchor.ts";
import { isScreen } from "./routes.ts";

/** Where the reader is. */
export interface Place {
  readonly path: string;
  /** One visit of an address: going back leads to the same visit. */
  readonly visit: string;
  /** Whether the browser went back or forward to it, so that it is shown where it was left. */
  readonly returning: boolean;
}

const POSITIONS = "starling:positions";
/** Positions kept for going back. */
const MOST_POSITIONS = 100;

function visitOf(state: unknown): string {
  return (state as { visit?: string } | null)?.visit ?? "first";
}

export const place = signal<Place>({ path: location.pathname, visit: visitOf(history.state), returning: true });

/** How far down a reader was: in pixels, and at which row of a list. */
interface Position {
  y: number;
  anchor: Anchor | null;
}

const positions = new Map<string, Position>(readPositions());

function readPositions(): [string, Position][] {
  try {
    return JSON.parse(sessionStorage.getItem(POSITIONS) ?? "[]") as [string, Position][];
  } catch {
    return [];
  }
}

/** Remembers how far down the reader is. */
function remember(): void {
  positions.delete(place.value.visit);
  positions.set(place.value.visit, { y: window.scrollY, anchor: anchoredList()?.find() ?? null });
}

/** @returns how far down the reader was when they left this visit */
export function positionOf(visit: string): Position {
  return positions.get(visit) ?? { y: 0, anchor: null };
}

/** Goes to an address of the client. */
export function navigate(path: string, { replace = false } = {}): void {
  if (path === place.value.path && !replace) {
    window.scrollTo({ top: 0 });
    return;
  }
  remember();
  const visit = Math.random().toString(36).slice(2);
  if (replace) history.replaceState({ visit }, "", path);
  else history.pushState({ visit }, "", path);
  place.set({ path: new URL(path, location.href).pathname, visit, returning: false });
}

/** Goes back, or home where the reader came from elsewhere. */
export function goBack(): void {
  if (history.state === null) navigate("/");
  else history.back();
}

/** Takes over the browser's history and every link to a screen of the client. */
export function startRouter(): void {
  history.scrollRestoration = "manual";
  window.addEventListener("popstate", (event) => {
    remember();
    place.set({ path: location.pathname, visit: visitOf(event.state), returning: true });
  });
  window.addEventListener("pagehide", () => {
    remember();
    try {
      sessionStorage.setItem(POSITIONS, JSON.stringify([...positions].slice(-MOST_POSITIONS)));
    } catch {
      // Without storage a reload begins at the top.
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
