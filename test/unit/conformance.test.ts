// All of twitter-text's conformance cases, held by the one reading of a text that server, share page and client have.
import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { plainText } from "../../contract/shapes.ts";
import { entitiesIn } from "../../contract/text.ts";
import { USERNAME } from "../../contract/usernames.ts";
import { MAX_WEIGHT, weightedLength } from "../../contract/weight.ts";
import { isBlank } from "../../lib/invisible.ts";

interface Case {
  description: string;
  text: string;
  expected: unknown;
  json?: string;
}
type Sections = Record<string, Case[]>;

const FOLDER = join(import.meta.dirname, "../fixtures/twitter-text");
const sectionsOf = (file: string) =>
  (parse(readFileSync(join(FOLDER, `${file}.yml`), "utf8")) as { tests: Sections }).tests;

const of = (kind: string, text: string) => entitiesIn(text).filter((entity) => entity.kind === kind);
const wordOf = (text: string, { start, end }: { start: number; end: number }) => text.slice(start, end);
const urls = (text: string) => of("url", text).map((entity) => wordOf(text, entity));
/** The words behind an @ or a #. */
const names = (kind: "mention" | "hashtag", text: string) =>
  of(kind, text).map((entity) => wordOf(text, entity).slice(1));
const withIndices = (kind: "mention" | "hashtag" | "url", key: string) => (text: string) =>
  of(kind, text).map(({ start, end }) => ({
    [key]: text.slice(kind === "url" ? start : start + 1, end),
    indices: [start, end],
  }));
const isOne = (kind: string, text: string) => {
  const entities = of(kind, text);
  return entities.length === 1 && wordOf(text, entities[0]!) === text;
};
const isValid = (text: string) =>
  plainText.safeParse(text).success && !isBlank(text) && weightedLength(text) <= MAX_WEIGHT;
const weighed = (text: string) => ({ weightedLength: weightedLength(text), valid: isValid(text) });
const weightIn = ({ expected }: Case) => {
  const { weightedLength, valid } = expected as { weightedLength: number; valid: boolean };
  return { weightedLength, valid };
};
/** The name that a text answers, by beginning with it. */
const replied = (text: string) => {
  const [first] = entitiesIn(text);
  return first?.kind === "mention" && isBlank(text.slice(0, first.start)) ? first.username : null;
};

/** The links of twitter-text's HTML, as kind and text. */
function linksIn(html: string): [string, string][] {
  const unescaped = html.replaceAll("&amp;", "&");
  return Array.from(unescaped.matchAll(/([@＠]?)<a ([^>]*)>(.*?)<\/a>/g), ([, sign, attributes, shown]) => {
    const [, kind = "url"] = /class="tweet-url (hashtag|cashtag|username|list-slug)/.exec(attributes!) ?? [];
    // There are no lists here: `@name/list` names the list's owner.
    if (kind === "username" || kind === "list-slug") return ["mention", `${sign}${shown!.replace(/\/.*/, "")}`];
    return [kind, shown!];
  });
}
/** The links that are given as JSON. */
function linksOf({ text, json }: Case): unknown[] {
  const given = JSON.parse(json!) as Record<string, { indices: [number, number] }[]>;
  const kinds = { hashtags: "hashtag", urls: "url", user_mentions: "mention" };
  return Object.entries(kinds)
    .flatMap(([field, kind]) => given[field]!.map(({ indices: [start, end] }) => ({ kind, start, end })))
    .sort((a, b) => a.start - b.start)
    .map(({ kind, ...entity }) => [kind, wordOf(text, entity)]);
}
/**
 * Our links. twitter-text's autolink leaves out URLs without a protocol, which its extraction finds and Twitter links.
 *
 * @param kind the only kind that the section is about
 */
const links = (kind?: string) => (text: string) =>
  entitiesIn(text)
    .map((entity): [string, string] => [entity.kind, wordOf(text, entity)])
    .filter(([found, word]) => (kind ?? found) === found && (found !== "url" || /^https?:/i.test(word)));
const html = ({ expected }: Case) => linksIn(expected as string);

/** How the cases of a section are read: what we find in a text and, where a case says more or less, what it expects. */
interface Reading {
  find: (text: string) => unknown;
  expected?: (test: Case) => unknown;
}
const NOTHING: Reading = { find: entitiesIn, expected: () => [] };
const READINGS: Record<string, Record<string, Reading | string>> = {
  validate: {
    tweets: { find: isValid },
    usernames: { find: (text) => text.startsWith("@") && USERNAME.test(text.slice(1)) },
    lists: "there are no lists with such names",
    hashtags: { find: (text) => isOne("hashtag", text) },
    urls: { find: (text) => isOne("url", text) },
    urls_without_protocol: { find: (text) => isOne("url", text) },
    // The ranges of characters are for showing where a text is too long.
    WeightedTweetsCounterTest: { find: weighed, expected: weightIn },
    WeightedTweetsWithDiscountedEmojiCounterTest: { find: weighed, expected: weightIn },
    UnicodeDirectionalMarkerCounterTest: { find: weighed, expected: weightIn },
  },
  extract: {
    mentions: { find: (text) => names("mention", text) },
    mentions_with_indices: { find: withIndices("mention", "screen_name") },
    mentions_or_lists_with_indices: {
      find: withIndices("mention", "screen_name"),
      // There are no lists here: `@name/list` names the list's owner.
      expected: ({ expected }) =>
        (expected as { screen_name: string; list_slug: string; indices: [number, number] }[]).map(
          ({ screen_name, list_slug, indices: [start, end] }) => ({
            screen_name,
            indices: [start, end - list_slug.length],
          }),
        ),
    },
    replies: { find: replied },
    urls: { find: urls },
    urls_with_indices: { find: withIndices("url", "url") },
    urls_with_directional_markers: { find: withIndices("url", "url") },
    tco_urls_with_params: { find: urls },
    hashtags: { find: (text) => names("hashtag", text) },
    hashtags_from_astral: { find: (text) => names("hashtag", text) },
    hashtags_with_indices: { find: withIndices("hashtag", "hashtag") },
    // There are no cashtags here.
    cashtags: NOTHING,
    cashtags_with_indices: NOTHING,
  },
  autolink: {
    usernames: { find: links("mention"), expected: html },
    lists: { find: links("mention"), expected: html },
    hashtags: { find: links("hashtag"), expected: html },
    urls: { find: links("url"), expected: html },
    cashtags: NOTHING,
    all: { find: links(), expected: (test) => html(test).filter(([kind]) => kind !== "cashtag") },
    json: { find: links(), expected: linksOf },
  },
  tlds: { country: { find: urls }, generic: { find: urls } },
};

const LIMIT = "the limit is 280, not 140 as it once was";
const HOST = "whatever has http:// and a host is a link";
const EMOJI = "an emoji counts 2, however many characters it is made of: the next section of cases has this";
const FAR_TOO_LONG = "more than 10,000 characters are too long in any case and aren't read";
/** The cases that we decide in another way, and why. */
const OTHERWISE: Record<string, string> = {
  "Invalid Tweet: 141 characters": LIMIT,
  "Invalid Tweet: 141 characters (due to newline)": LIMIT,
  "Valid url: sub delims and question marks":
    "twitter-text's extraction, too, ends the URL before the last sign, a plus",
  "Count a mix of single byte single word, and double word unicode characters": EMOJI,
  "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers": EMOJI,
  "Handle long url with invalid domain labels and short url": FAR_TOO_LONG,
  "DO NOT extract invalid URL: http://no-tld": HOST,
  "DO NOT extract invalid URL: http://tld-too-short.x": HOST,
  "DO NOT Extract a hyphenated TLD (even though it's usually a typo)": HOST,
  "DO NOT Autolink username over 20 characters": "usernames have up to 30 characters",
};
/** Sections in which the cases above are not meant. */
const LATER_EMOJI = "WeightedTweetsWithDiscountedEmojiCounterTest";

describe.each(["validate", "extract", "autolink", "tlds"])("%s.yml", (file) => {
  const sections = sectionsOf(file);
  const readings = READINGS[file]!;

  it("has the sections that are read here", () => {
    expect(Object.keys(readings).sort()).toEqual(Object.keys(sections).sort());
  });

  const read = Object.entries(readings).filter((entry): entry is [string, Reading] => typeof entry[1] !== "string");
  describe.each(read)("%s", (section, { find, expected = (test) => test.expected }) => {
    it.each(sections[section]!.map((test): [string, Case] => [test.description, test]))("%s", (description, test) => {
      const reason = OTHERWISE[description];
      const isOtherwise = reason !== undefined && !(reason === EMOJI && section === LATER_EMOJI);
      if (isOtherwise) expect(find(test.text)).not.toEqual(expected(test));
      else expect(find(test.text)).toEqual(expected(test));
    });
  });
});
