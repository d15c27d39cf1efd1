import { render } from "preact";
import { matchName } from "../../../lib/names.ts";
import { api } from "../api/api.ts";
import type { Person } from "../api/shapes.ts";
import { announce } from "../store/messages.ts";
import { me, onAccountChange } from "../store/session.ts";
import { Avatar } from "./avatar.tsx";
import { placeInField } from "./caret-place.ts";
import { nameAt, type WrittenName } from "./name-at.ts";

const OFFERED_LIMIT = 6;
/** A search starts after a pause of this length in typing. */
const TYPING_PAUSE_MS = 150;
/** Between the list and the caret, and the list and the edges of the window. */
const GAP_PX = 8;

let followed: Promise<readonly Person[]> | null = null;
onAccountChange(() => (followed = null));

/** Those whom the reader followed last: the ones most likely meant, without a request for each letter. */
function followedLately(): Promise<readonly Person[]> {
  const username = me.value?.username ?? "";
  followed ??= api.users(`/user/${encodeURIComponent(username)}/following?limit=100`).then(
    ({ users }) => users,
    () => {
      followed = null;
      return [];
    },
  );
  return followed;
}

const attached = new WeakSet<HTMLTextAreaElement>();
let lists = 0;

/**
 * Offers names at the caret of a text field. The field keeps the focus, and its role: ARIA's `combobox` is for one line.
 * Calling it again for a field does nothing.
 */
export function attach(field: HTMLTextAreaElement): void {
  if (attached.has(field)) return;
  attached.add(field);
  const id = `names-${++lists}`;
  const holder = document.createElement("div");
  (field.form ?? document.body).append(holder);
  field.setAttribute("aria-autocomplete", "list");
  let people: readonly Person[] = [];
  let active = 0;
  let written: WrittenName | null = null;
  /** Where the name begins for which the reader has closed the list. */
  let closedAt = -1;
  let asked = 0;
  let composing = false;

  function show(found: readonly Person[]): void {
    const before = people[active]?.id;
    if (found.length !== people.length && found.length > 0) {
      announce(found.length === 1 ? "1 person found" : `${found.length} people found`);
    }
    people = found;
    active = Math.max(
      0,
      found.findIndex((person) => person.id === before),
    );
    draw();
  }

  function draw(): void {
    const isOpen = people.length > 0;
    if (isOpen) {
      field.setAttribute("aria-controls", id);
      field.setAttribute("aria-activedescendant", `${id}-${active}`);
    } else {
      field.removeAttribute("aria-controls");
      field.removeAttribute("aria-activedescendant");
    }
    render(isOpen ? list() : null, holder);
  }

  const list = () => (
    <ul id={id} role="listbox" aria-label="People" class="names" popover="manual" ref={put}>
      {people.map((person, index) => (
        <li
          key={person.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          // The text field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => choose(person)}
        >
          <Avatar user={person} size="small" />
          <span class="person-names">
            <bdi class="author-name">{person.displayName}</bdi>
            <span class="handle">@{person.username}</span>
          </span>
        </li>
      ))}
    </ul>
  );

  /** Puts the list under the name, or above it where there is no room below. */
  function put(element: HTMLElement | null): void {
    if (!element || !written) return;
    if (!element.matches(":popover-open")) element.showPopover();
    const { top, bottom, x } = placeInField(field, written.start);
    const { width, height } = element.getBoundingClientRect();
    const isRtl = getComputedStyle(field).direction === "rtl";
    const left = isRtl ? x - width : x;
    const below = bottom + GAP_PX + height <= window.innerHeight;
    element.style.left = `${Math.max(GAP_PX, Math.min(left, window.innerWidth - width - GAP_PX))}px`;
    element.style.top = `${below ? bottom + GAP_PX : Math.max(GAP_PX, top - height - GAP_PX)}px`;
  }

  function update(): void {
    if (composing) return;
    const isAtCaret = field.selectionStart === field.selectionEnd && document.activeElement === field;
    const now = isAtCaret ? nameAt(field.value, field.selectionStart) : null;
    if (now && now.start !== closedAt) {
      if (now.start === written?.start && now.end === written.end && now.typed === written.typed) return;
      written = now;
      void offer(now.typed);
      return;
    }
    if (!now) closedAt = -1;
    close();
  }

  function close(): void {
    asked++;
    written = null;
    if (people.length > 0) show([]);
  }

  async function offer(typed: string): Promise<void> {
    const mine = ++asked;
    const known = (await followedLately())
      .map((person) => ({ person, match: typed === "" ? 0 : matchName(person, typed) }))
      .filter(({ match }) => match !== null)
      .sort((a, b) => a.match! - b.match!)
      .map(({ person }) => person)
      .slice(0, OFFERED_LIMIT);
    if (mine !== asked) return;
    show(known);
    if (typed === "" || known.length === OFFERED_LIMIT) return;
    await new Promise((resolve) => setTimeout(resolve, TYPING_PAUSE_MS));
    if (mine !== asked) return;
    const { users } = await api.people(typed).catch(() => ({ users: [] }));
    if (mine !== asked) return;
    const others = users.filter(({ id }) => id !== me.value?.id && !known.some((person) => person.id === id));
    show([...known, ...others].slice(0, OFFERED_LIMIT));
  }

  function choose({ username }: Person): void {
    if (!written) return;
    const { start, end } = written;
    const space = /^\s/.test(field.value.slice(end)) ? "" : " ";
    close();
    field.focus();
    field.setRangeText(`@${username}${space}`, start, end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (people.length === 0 || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active = (active + (event.key === "ArrowDown" ? 1 : people.length - 1)) % people.length;
      draw();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      choose(people[active]!);
    } else if (event.key === "Escape") {
      closedAt = written?.start ?? -1;
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  field.addEventListener("keydown", onKeyDown);
  for (const name of ["input", "keyup", "click"]) field.addEventListener(name, update);
  field.addEventListener("blur", close);
  field.addEventListener("compositionstart", () => (composing = true));
  field.addEventListener("compositionend", () => {
    composing = false;
    update();
  });
  update();
}
