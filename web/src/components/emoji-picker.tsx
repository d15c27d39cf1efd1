import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { type Emoji, findEmojis, GROUPS, keepRecent, recentEmojis } from "./emoji-list.ts";

interface Props {
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/** A dialog to choose an emoji, by its name or by its group. The arrow keys move within the emojis, as in a grid. */
export function EmojiPicker({ onPick, onClose }: Props) {
  const [query, setQuery] = useState("");
  const recent = useRef(recentEmojis());
  const groups = recent.current.length > 0 ? [{ name: "Recently used", emojis: recent.current }, ...GROUPS] : GROUPS;
  const [group, setGroup] = useState(0);
  /** The one emoji that the Tab key leads to. */
  const [active, setActive] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const isSearch = query.trim() !== "";
  const shown = isSearch ? findEmojis(query) : groups[group]!.emojis;

  useLayoutEffect(() => {
    grid.current?.scrollTo(0, 0);
  }, [query, group]);

  function choose(emoji: Emoji): void {
    keepRecent(emoji);
    onPick(emoji.text);
  }

  function move(event: KeyboardEvent): void {
    const buttons = [...(grid.current?.children ?? [])] as HTMLElement[];
    const isMirrored = getComputedStyle(grid.current!).direction === "rtl";
    const top = buttons[0]?.offsetTop;
    const columns = Math.max(1, buttons.filter((button) => button.offsetTop === top).length);
    const steps: Record<string, number> = {
      ArrowRight: isMirrored ? -1 : 1,
      ArrowLeft: isMirrored ? 1 : -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -active,
      End: shown.length - 1 - active,
    };
    const step = steps[event.key];
    const next = active + (step ?? 0);
    if (step === undefined || next < 0 || next >= shown.length) return;
    event.preventDefault();
    setActive(next);
    buttons[next]?.focus();
  }

  return (
    <Dialog
      label="Emoji"
      class="emoji-picker"
      onClose={onClose}
      onKeyDown={(event) => {
        // It stands in the form of the composer, which has its own keys.
        event.stopPropagation();
        if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
          event.preventDefault();
          const [first] = shown;
          if (first && isSearch && !event.isComposing) choose(first);
        }
      }}
    >
      <input
        type="search"
        class="emoji-search"
        aria-label="Find an emoji"
        placeholder="Find an emoji"
        autofocus
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
      />
      {!isSearch && (
        <select
          class="emoji-group"
          aria-label="Group"
          value={String(group)}
          onChange={(event) => {
            setGroup(Number(event.currentTarget.value));
            setActive(0);
          }}
        >
          {groups.map(({ name }, index) => (
            <option key={name} value={String(index)}>
              {name}
            </option>
          ))}
        </select>
      )}
      {shown.length > 0 ? (
        <div
          class="emoji-grid"
          role="group"
          aria-label={isSearch ? "Emojis found" : groups[group]!.name}
          ref={grid}
          onKeyDown={move}
        >
          {shown.map((emoji, index) => (
            <button
              key={emoji.text}
              type="button"
              aria-label={emoji.name}
              title={emoji.name}
              tabIndex={index === active ? 0 : -1}
              onFocus={() => setActive(index)}
              onClick={() => choose(emoji)}
            >
              {emoji.text}
            </button>
          ))}
        </div>
      ) : (
        <p class="muted emoji-none">No emoji found</p>
      )}
    </Dialog>
  );
}
