import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { html } from "../../services/pages/html.ts";
import { cleanText, oneLine } from "../../lib/one-line.ts";
import { initial, linkedText } from "../../services/pages/text.ts";
import { localUrl, parseTweetUrl, webUrl } from "../../services/pages/urls.ts";

const linked = (text: string) => linkedText(text).markup;

/** The text that a reader sees of the markup. */
const seen = (markup: string) =>
  markup
    .replaceAll("<br />", "\n")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("html", () => {
  it("escapes values that look like markup", () => {
    expect(html`<b title="${`"'<>&`}">${"<script>"}${1}</b>`.markup).toBe(
      `<b title="&quot;&#39;&lt;&gt;&amp;">&lt;script&gt;1</b>`,
    );
  });

  it("does not escape its own pieces and lists, and writes nothing for missing values", () => {
    expect(html`<b>${[html`<i>${"&"}</i>`, null, undefined, false, "<"]}</b>`.markup).toBe("<b><i>&amp;</i>&lt;</b>");
  });

  it("does not mistake an object from JSON for its own piece", () => {
    const forged = JSON.parse(`{"markup": "<script>"}`) as string;
    expect(() => html`${forged}`).toThrow();
  });
});

describe("linkedText", () => {
  it("links URLs, names and tags", () => {
    expect(linked("See https://example.com/a?b=1&c=2 by @bob #birds")).toBe(
      `See <a dir="ltr" href="https://example.com/a?b=1&amp;c=2" rel="nofollow noopener ugc">example.com/a?b=1&amp;c=2</a>` +
        ` by <a dir="ltr" href="/user/bob">@bob</a> <span class="share-tag">#birds</span>`,
    );
  });

  it("links a bare domain, by https", () => {
    expect(linked("go to example.com now")).toContain(`href="https://example.com/"`);
  });

  it("finds positions after characters of two UTF-16 units", () => {
    expect(linked("👩‍👩‍👧𝒳 @bob 🐦‍⬛ #日本語")).toBe(
      `👩‍👩‍👧𝒳 <a dir="ltr" href="/user/bob">@bob</a> 🐦‍⬛ <span class="share-tag">#日本語</span>`,
    );
  });

  it("puts a given origin before names", () => {
    expect(linkedText("@bob", "https://starling.example").markup).toContain(`href="https://starling.example/user/bob"`);
  });

  it.each(["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd"])(
    "makes no link of %s",
    (text) => expect(linked(text)).not.toContain("<a "),
  );

  it("prevents a quote in or after a URL from ending the attribute", () => {
    expect(linked(`https://example.com/"onmouseover="alert(1)`)).toMatch(
      /^<a dir="ltr" href="https:\/\/example\.com\/" rel="[^"]*"\s*>example\.com\/<\/a\s*>&quot;onmouseover=&quot;alert\(1\)$/,
    );
  });

  it("leaves names that are too long, and lists after names, as text", () => {
    expect(linked(`@${"a".repeat(31)}`)).toBe(`@${"a".repeat(31)}`);
    expect(linked("@bob/friends")).toBe(`<a dir="ltr" href="/user/bob">@bob</a>/friends`);
  });

  it("cuts the shown part of a long URL, but not the link", () => {
    const url = `https://example.com/${"long/".repeat(30)}end`;
    expect(linked(url)).toContain(`href="${url}"`);
    expect(seen(linked(url))).toHaveLength(40);
  });

  it("shows every text unchanged, and never as an element", () => {
    const parts = fc.constantFrom(
      "<",
      ">",
      '"',
      "'",
      "&",
      "@bob",
      "#tag",
      "@a/b",
      "😀",
      "\n",
      " ",
      "é",
      "<img src=x>",
      "$X",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string({ unit: "binary" })), { maxLength: 20 }), (pieces) => {
        const text = pieces.join("").replace(/\./g, "");
        const markup = linked(text);
        expect(markup.match(/<(?!\/?a[ >]|\/?span[ >]|br )/)).toBeNull();
        expect(seen(markup)).toBe(cleanText(text));
      }),
    );
  });
});

describe("oneLine", () => {
  it("folds white space, and drops characters that would reverse or break the rest", () => {
    expect(oneLine(" a\n\n b\u202E\u0000\u0007c \uD83D")).toBe("a bc \uFFFD");
  });

  it("cuts between characters as people see them", () => {
    expect(oneLine("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2)).toBe("👩‍👩‍👧…");
    expect(oneLine("👩‍👩‍👧👩‍👩‍👧", 2)).toBe("👩‍👩‍👧👩‍👩‍👧");
  });
});

describe("initial", () => {
  it.each([
    ["ada", "A"],
    ["👩‍👩‍👧 family", "👩‍👩‍👧"],
    [" ليلى", "ل"],
    ["\u202E", "?"],
  ])("of %j is %s", (name, expected) => expect(initial(name)).toBe(expected));
});

describe("addresses", () => {
  const site = { publicUrl: "https://starling.example" };

  it("get into a page only if they are http or https", () => {
    expect(webUrl("javascript:alert(1)")).toBeNull();
    expect(webUrl(" java\nscript:alert(1)", site.publicUrl)).toBeNull();
    expect(webUrl("data:image/png;base64,AA", site.publicUrl)).toBeNull();
    expect(webUrl("/media/1", site.publicUrl)).toBe("https://starling.example/media/1");
  });

  it("of this site become paths, others stay absolute", () => {
    expect(localUrl("https://starling.example/media/1?x", site)).toBe("/media/1?x");
    expect(localUrl("/media/1", site)).toBe("/media/1");
    expect(localUrl("https://starling.example//evil.example/1", site)).toBe("https://starling.example//evil.example/1");
    expect(localUrl("https://starling.example.evil/1", site)).toBe("https://starling.example.evil/1");
  });

  it.each([
    ["https://starling.example/tweet/123", "123"],
    ["http://starling.example/tweet/my-key_1/?utm=1#x", "my-key_1"],
    ["https://starling.example/tweet/", null],
    ["https://starling.example/tweet/1/2", null],
    ["https://starling.example/user/bob", null],
    ["https://other.example/tweet/123", null],
    ["https://starling.example:8443/tweet/123", null],
    ["https://starling.example@other.example/tweet/123", null],
    ["/tweet/123", null],
    ["tweet", null],
    [`https://starling.example/tweet/${"x".repeat(65)}`, null],
    ["https://starling.example/tweet/%31", null],
  ])("parseTweetUrl(%s) is %s", (url, expected) => expect(parseTweetUrl(url, site.publicUrl)).toBe(expected));
});
