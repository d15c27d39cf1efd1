import groups from "virtual:emojis";
import { readStored, writeStored } from "../store/stored.ts";

export interface Emoji {
  readonly text: string;
  readonly name: string;
  /** What else it is found by, in lower case. */
  readonly words: string;
}

export interface EmojiGroup {
  readonly name: string;
  readonly emojis: readonly Emoji[];
}

const RECENT = "starling:emojis";
const MOST_RECENT = 24;
const MOST_FOUND = 96;

export const GROUPS: readonly EmojiGroup[] = groups.map(({ name, lines }) => ({
  name: name.charAt(0).toUpperCase() + name.slice(1),
  emojis: lines.split("\n").map((line) => {
    const [text = "", emojiName = "", words = ""] = line.split("|");
    return { text, name: emojiName, words: `${emojiName.toLowerCase()},${words}` };
  }),
}));

/** The emojis that were used on this device, latest first. */
export function recentEmojis(): readonly Emoji[] {
  const texts = readStored<string[]>(RECENT) ?? [];
  const known = new Map(GROUPS.flatMap(({ emojis }) => emojis.map((emoji) => [emoji.text, emoji])));
  return texts.flatMap((text) => known.get(text) ?? []);
}

export function keepRecent({ text }: Emoji): void {
  const texts = readStored<string[]>(RECENT) ?? [];
  writeStored(RECENT, [text, ...texts.filter((other) => other !== text)].slice(0, MOST_RECENT));
}

/** @returns the emojis that have a word beginning with each of the words; those whose name begins so come first */
export function findEmojis(query: string): readonly Emoji[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = GROUPS.flatMap(({ emojis }) => emojis).filter(({ words }) => {
    const all = words.split(/[\s,:-]+/);
    return wanted.every((word) => all.some((one) => one.startsWith(word)));
  });
  const isFirst = ({ name }: Emoji) => name.toLowerCase().startsWith(wanted[0] ?? "");
  return [...found.filter(isFirst), ...found.filter((emoji) => !isFirst(emoji))].slice(0, MOST_FOUND);
}
