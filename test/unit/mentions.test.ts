import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import twitter from "twitter-text";
import { mentionsIn, USERNAME_LIMIT } from "../../contract/usernames.ts";
import { linkedText } from "../../services/pages/text.ts";
import { mentionedNames } from "../../services/tweets/text.ts";

const namesIn = (text: string) => mentionsIn(text).map(({ username }) => username);
const LONGEST = "Somebody_with_a_name_of_30_abc";

describe("mentions", () => {
  it("have up to 30 characters", () => {
    expect(LONGEST).toHaveLength(USERNAME_LIMIT);
    expect(mentionsIn(`Hi @${LONGEST}, hi`)).toEqual([{ start: 3, end: 34, username: LONGEST }]);
    // Nobody has such a name, and its beginning is somebody else's.
    expect(namesIn(`@${LONGEST}x @bob`)).toEqual(["bob"]);
  });

  it("before a slash are names: this site has no lists", () => {
    expect(namesIn("@bob/friends")).toEqual(["bob"]);
  });

  it.each([
    ["me@example.com", []],
    ["@a @b,@c", ["a", "b", "c"]],
    ["＠bob.", ["bob"]],
    ["RT@bob rt@carol rt: @dave", ["bob", "carol", "dave"]],
    ["start@bob xrt@bob @@bob #@bob", []],
    ["@bobé @bob:// @bob@example", []],
    ["日本@bob語", ["bob"]],
  ])("are found as twitter-text finds them: %s", (text, names) => {
    expect(namesIn(text)).toEqual(names);
    expect(twitter.extractMentions(text)).toEqual(names);
  });

  it("are found as twitter-text finds them in any text with short names", () => {
    const piece = fc.constantFrom(..."@ ＠ @a bob_1 rt RT : / . - _ é × 日 # $ & ! :// x 1".split(" "), " ", "\n");
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    // Twitter has lists, `@name/list`, and takes an @ behind one for the end of something that is no name.
    // What it makes of an RT behind an @ depends on what it read before.
    const isOdd = (given: string) => /[@＠](?:\w+\/[A-Za-z]|rt[@＠])/i.test(given);
    fc.assert(
      fc.property(text, (given) => {
        fc.pre(!isOdd(given));
        expect(namesIn(given)).toEqual(twitter.extractMentions(given));
      }),
    );
  });

  it.each(["@", "@a", "rt@", "a@", "＠_", "@a ", "@ab/"])("of a long text of %p take little time", (unit) => {
    const before = process.cpuUsage();
    mentionsIn(unit.repeat(10_000).slice(0, 10_000));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(50);
  });
});

describe("the people whom a tweet notifies", () => {
  it.each([
    ["Good film: https://www.youtube.com/@bob", []],
    ["tiktok.com/@bob and https://example.social/@bob/123", []],
    ["http://localhost:3000/@bob http://[::1]/@bob https://example.com?by=@bob", []],
    ["https://bob:@example.com/ https://example.com/日本/@bob", []],
    ["hi @alice/bob, RT@carol: (@dave) example.com @erin", ["alice", "carol", "dave", "erin"]],
    ["@al\u0085ice", ["al"]],
    ["@Bob @bob", ["bob"]],
    [Array.from({ length: 93 }, (_, n) => `@${n.toString(36).at(-1)}${n}`).join(" "), 93],
  ])("are not those whose names are in links: %s", (text, names) => {
    if (typeof names === "number") expect(mentionedNames(text)).toHaveLength(names);
    else expect(mentionedNames(text)).toEqual(names);
  });

  it("are those whose names are links, whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ..."@ @a @b /@c RT@d https://example.com example.com/ http://a ://x #t · . / - é 日 \u0085 \u0001 \r".split(
          " ",
        ),
      ),
      fc.constantFrom(" ", "\n"),
      fc.string({ unit: "binary", maxLength: 2 }),
    );
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const linked = Array.from(linkedText(given).markup.matchAll(/href="\/user\/(\w+)"/g), ([, name]) =>
          name!.toLowerCase(),
        );
        expect(new Set(linked)).toEqual(new Set(mentionedNames(given).map((name) => name.toLowerCase())));
      }),
      { numRuns: 1000 },
    );
  });
});
