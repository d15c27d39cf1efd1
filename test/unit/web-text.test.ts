import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import twitter from "twitter-text";
import { weightedLength } from "../../web/src/text/count.ts";
import { piecesOf } from "../../web/src/text/entities.ts";
import { findUrls } from "../../web/src/text/urls.ts";

/** Fragments of tweets: everything with a rule of its own for counting, mixed with any other text. */
const fragment = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom(
    ..."👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ☺️ ☺ © 1️⃣ 🇩🇪 漢字 한글 é é ﷺ “quoted” … — ‍ @alice #tag $CASH \n . , / - _ ( ) ? : @ # &".split(" "),
    " ",
    "\u2028",
    "\u200d",
    "\ufe0f",
  ),
  fc.constantFrom(
    ..."https://example.com http://t.co/abc https://t.co/abc?x=1 example.com www.example.co.uk/a_(b)_c?d=e&f EXAMPLE.COM".split(
      " ",
    ),
    ..."https://日本語.jp/道 müller.de foo.bar1 a.b.c xn--fiqs8s.中国 https://user@example.com me@example.com http://1.2.3.4".split(
      " ",
    ),
    ..."https://example.com:8080/пример,. example.museum/@name/x https://sub_domain.example.org -example.com .example.com".split(
      " ",
    ),
    `https://${"a".repeat(64)}.com`,
    `https://t.co/${"a".repeat(41)}`,
  ),
);
const text = fc.array(fragment, { maxLength: 12 }).map((fragments) => fragments.join(""));
const RUNS = { numRuns: 3000 };

describe("the composer's count", () => {
  it("equals twitter-text's for any text", () => {
    fc.assert(
      fc.property(text, (tweet) => {
        expect(weightedLength(tweet)).toBe(twitter.parseTweet(tweet).weightedLength);
      }),
      RUNS,
    );
  });

  it.each([
    ["", 0],
    ["hello", 5],
    ["漢字", 4],
    ["👩‍👩‍👧‍👦", 2],
    ["see https://example.com/a/long/path?of=things", 27],
    ["example.com", 23],
  ])("of %p is %d", (tweet, length) => expect(weightedLength(tweet)).toBe(length));
});

describe("the pieces of a text", () => {
  it("join to the text, except for shortened URLs", () => {
    fc.assert(
      fc.property(text, (tweet) => {
        const pieces = piecesOf(tweet);
        const shown = pieces.filter(({ kind }) => kind !== "url").map((piece) => piece.text);
        const rest = [...findUrls(tweet)].reduceRight(
          (left, { start, end }) => left.slice(0, start) + left.slice(end),
          tweet,
        );
        // A URL that no browser can parse stays text.
        if (pieces.filter(({ kind }) => kind === "url").length === findUrls(tweet).length) {
          expect(shown.join("")).toBe(rest);
        }
      }),
      RUNS,
    );
  });

  it("link URLs and mentions, and mark tags", () => {
    expect(piecesOf("Hi @bob, see example.com/x #über 1#no a@b.c")).toEqual([
      { kind: "text", text: "Hi " },
      { kind: "mention", text: "@bob", username: "bob" },
      { kind: "text", text: ", see " },
      { kind: "url", text: "example.com/x", href: "https://example.com/x" },
      { kind: "text", text: " " },
      { kind: "tag", text: "#über", tag: "über" },
      { kind: "text", text: " 1#no a@b.c" },
    ]);
  });

  it("never contain a link that runs a script", () => {
    fc.assert(
      fc.property(text, (tweet) => {
        for (const piece of piecesOf(tweet)) if (piece.kind === "url") expect(piece.href).toMatch(/^https?:\/\//);
      }),
    );
  });
});
