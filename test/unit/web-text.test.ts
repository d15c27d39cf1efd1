import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import twitter from "twitter-text";
import { foldBlankLines, piecesOf } from "../../contract/text.ts";
import { MAX_WEIGHT, weightedLength } from "../../contract/weight.ts";
import { findUrls } from "../../lib/urls.ts";

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
    // A domain without a protocol that looks like one in other scripts, of long labels, or beside what ends it.
    ..."日.com a_b.com a.com日.net日 _a.co a.com_b.net xn--a.日 日。日.com .com /(a)(b(c)d)., ?a=( (a.co) :80/x. 中国".split(
      " ",
    ),
    `${"日".repeat(20)}.com`,
    `https://${"a".repeat(64)}.com`,
    `https://t.co/${"a".repeat(41)}`,
  ),
);
const text = fc.array(fragment, { maxLength: 12 }).map((fragments) => fragments.join(""));
/**
 * Texts that weigh as much in twitter-text: with a protocol any host will do here, and Punycode alone makes no top-level
 * domain.
 */
const comparable = text.map((tweet) => tweet.replace(/:\/+/g, ":").replace(/\.xn--/gi, "."));
const RUNS = { numRuns: 3000 };

describe("the count", () => {
  it("equals twitter-text's for any text without protocols and Punycode", () => {
    fc.assert(
      fc.property(comparable, (tweet) => {
        expect(weightedLength(tweet)).toBe(twitter.parseTweet(tweet).weightedLength);
      }),
      RUNS,
    );
  });

  it("equals twitter-text's at the limit", () => {
    fc.assert(
      fc.property(
        comparable,
        fc.constantFrom("a", "日", "é", " ", "\u0301"),
        fc.integer({ min: 278, max: 282 }),
        (some, fill, to) => {
          const room = Math.max(0, to - twitter.parseTweet(some).weightedLength);
          const tweet = `${some} ${fill.repeat(fill === "日" ? room / 2 : room)}`;
          const { weightedLength: weight } = twitter.parseTweet(tweet);
          expect([weightedLength(tweet), weightedLength(tweet) > MAX_WEIGHT]).toEqual([weight, weight > 280]);
        },
      ),
    );
  });

  it.each(["a", "日.", "\u0301\u0316", "https://example.com/"])("is above the limit for a long text of %p", (unit) => {
    for (const length of [9_999, 10_000, 10_001, 1_000_000]) {
      expect(weightedLength(unit.repeat(length / unit.length + 1).slice(0, length))).toBeGreaterThan(MAX_WEIGHT);
    }
  });

  it.each([
    ["", 0],
    ["hello", 5],
    ["漢字", 4],
    ["👩‍👩‍👧‍👦", 2],
    ["see https://example.com/a/long/path?of=things", 27],
    ["example.com", 23],
    ["http://localhost:3000/tweet/1", 23],
    ["http://192.168.1.5:3000/x and http://[::1]/", 51],
    ["https://taylor.music/albums taylor.music", 47],
    ["http://256.1.2.3/", 17],
  ])("of %p is %d", (tweet, length) => expect(weightedLength(tweet)).toBe(length));
});

describe("the URLs of a text", () => {
  it("are twitter-text's for any text without protocols and Punycode", () => {
    fc.assert(
      fc.property(comparable, (tweet) => {
        expect(findUrls(tweet).map(({ start, end }) => [start, end])).toEqual(
          twitter.extractUrlsWithIndices(tweet).map(({ indices }) => indices),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("have those of twitter-text in them for any text, if browsers can read them", () => {
    fc.assert(
      fc.property(text, (tweet) => {
        const ours = findUrls(tweet);
        for (const { url, indices } of twitter.extractUrlsWithIndices(tweet)) {
          if (!URL.canParse(url) && !URL.canParse(`https://${url}`)) continue;
          const [at] = indices;
          const isFound = ours.some(({ start, end }) => start <= at && at < end);
          expect([tweet, url, isFound]).toEqual([tweet, url, true]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["http://localhost:3000/tweet/1", ["http://localhost:3000/tweet/1"]],
    ["(see HTTP://LOCALHOST)", ["HTTP://LOCALHOST"]],
    ["http://192.168.1.5:3000/x?y=1#z.", ["http://192.168.1.5:3000/x?y=1#z"]],
    ["http://[::1]:3000/, http://[2001:db8::1]", ["http://[::1]:3000/", "http://[2001:db8::1]"]],
    ["https://taylor.music/albums taylor.music", ["https://taylor.music/albums", "taylor.music"]],
    [
      "http://printer http://my_app:8080/x http://my_app.local",
      ["http://printer", "http://my_app:8080/x", "http://my_app.local"],
    ],
    ["http://shop.company.internal/x", ["http://shop.company.internal/x"]],
    ["http://例え.テスト/道 http://münchen", ["http://例え.テスト/", "http://münchen"]],
    ["見てhttp://localhost:3000/を http://localhostです", ["http://localhost:3000/", "http://localhost"]],
    ["https://user:secret@example.com:8080/x", ["https://user:secret@example.com:8080/x"]],
    ["http://example.com:@bob", ["http://example.com"]],
    ["http://localhost:65535/ http://localhost:65536/", ["http://localhost:65535/", "http://localhost"]],
    ["http://256.1.2.3 http://1.2.3 http://1.2.3.4.5 http://[::g] http://[1]", []],
    ["http:// http://. http://-a http://@bob http:///x xhttp://localhost #http://a $http://a @http://a", []],
    ["http://foo!bar http://foo_ http://a@b http://a%20b http://xn--é http://_.c", []],
  ])("are whatever has a protocol and a host: %s", (tweet, urls) => {
    expect(findUrls(tweet).map(({ start, end }) => tweet.slice(start, end))).toEqual(urls);
  });

  it.each([
    ["4088 characters", `https://example.com/${"a".repeat(4068)}`, 1],
    ["4089 characters", `https://example.com/${"a".repeat(4069)}`, 0],
    ["a host of many labels", `${"a.".repeat(1000)}example.com`, 1],
    ["a label of 63 characters", `https://${"a".repeat(63)}.com`, 1],
    ["a label of 64 characters", `https://${"a".repeat(64)}.com`, 0],
    ["a label of 64 characters in Punycode", `https://${"日".repeat(60)}.com`, 0],
    ["many parentheses", `https://example.com/${"(a)".repeat(500)}`, 1],
    ["combining marks", `https://example.com/${"\u0301".repeat(3000)}`, 1],
  ])("may have %s, or not", (_what, tweet, count) => {
    expect(findUrls(tweet)).toHaveLength(count);
    expect(weightedLength(tweet)).toBe(twitter.parseTweet(tweet).weightedLength);
  });
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
      { kind: "hashtag", text: "#über", tag: "über" },
      { kind: "text", text: " 1#no a@b.c" },
    ]);
  });

  it.each([
    ["✌️#hashtag #1a ＃ｔａｇ", ["hashtag", "1a", "ｔａｇ"]],
    ["#می‌خواهم #ぼっち・ざ・ろっく #il·lusió #ශ්‍රීලංකා", ["می‌خواهم", "ぼっち・ざ・ろっく", "il·lusió", "ශ්‍රීලංකා"]],
    ["#http://example.com #a#b #12 a#b &#39; #️⃣ #_", []],
    ["https://example.com/#a example.com/#b https://example.com/日本/#c", []],
  ])("mark the tags of %s", (tweet, tags) => {
    expect(piecesOf(tweet).flatMap((piece) => (piece.kind === "hashtag" ? [piece.tag] : []))).toEqual(tags);
  });

  it("show a long URL cut, and never another host than the link's", () => {
    expect(piecesOf(`https://www.example.com/${"long/".repeat(30)}`)).toEqual([
      {
        kind: "url",
        text: "example.com/long/long/long/long/long/lo…",
        href: `https://www.example.com/${"long/".repeat(30)}`,
      },
    ]);
    expect(piecesOf("https://bank.example@evil.example/")).toMatchObject([{ kind: "url", text: "evil.example/" }]);
  });

  it("never contain a link that runs a script", () => {
    fc.assert(
      fc.property(text, (tweet) => {
        for (const piece of piecesOf(tweet)) if (piece.kind === "url") expect(piece.href).toMatch(/^https?:\/\//);
      }),
    );
  });
});

describe("foldBlankLines", () => {
  it.each([
    ["a\n\nb", "a\n\nb"],
    [`a${"\n".repeat(200)}b`, "a\n\nb"],
    ["a\n \t\n\u3000\n\u200b\u3164\nb", "a\n\nb"],
    ["a\r\n\r\n\r\n\r\nb", "a\r\n\nb"],
    ["a\n\n  b\n c", "a\n\n  b\n c"],
    ["a\n.\n\n\n.\nb", "a\n.\n\n.\nb"],
  ])("folds %j", (text, folded) => {
    expect(foldBlankLines(text)).toBe(folded);
  });
});
