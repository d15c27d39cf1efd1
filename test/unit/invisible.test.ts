import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isBlank, withoutDisguise } from "../../lib/invisible.ts";

const INVISIBLE = [
  ..." \t\n\u00a0\u3000\u2028\u2003\u1680",
  ..."\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u180e\u200e\u202e\u2066\ufe0f\u{e0100}",
  ..."\u115f\u1160\u3164\uffa0\u17b4\u2800\ufffc\u{1d159}\u{13441}\u{16fe4}\u2d7f\u{1107f}",
  ..."\u0000\u0085\ud800\ue000\ufff9\u{e0041}\u{f0000}",
];

describe("isBlank", () => {
  it("is true for every mixture of what shows nothing", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...INVISIBLE)), (characters) => isBlank(characters.join(""))));
    expect(INVISIBLE.filter((character) => !isBlank(character))).toEqual([]);
  });

  it.each(["a", "日", ".", "\u0301", "🐦", "👩‍👩‍👧", "☺️", "1️⃣", "🇯🇵", "\u{1fae9}", "ـ", "­a", "⠁", "�", "می‌خواهم"])(
    "is false for %j, also between blanks",
    (text) => {
      expect([isBlank(text), isBlank(`\u200b ${text}\u2800`)]).toEqual([false, false]);
    },
  );
});

describe("withoutDisguise", () => {
  it.each([
    ["a change of direction", "admin\u202egpj.exe\u202c", "admingpj.exe"],
    ["isolates and marks", "\u2066a\u2069\u200eb\u200f\u061c", "ab"],
    ["zero-width spaces", "a\u200bl\u2060i\ufeffce\u00ad", "alice"],
    ["joiners that join nothing", "\u200dal\u200cice\u200d \u200cbob", "alice bob"],
    ["selectors that select nothing", "alice\ufe0f\u{e0101}", "alice"],
    ["repeated joiners", "می\u200c\u200cخواهم", "می\u200cخواهم"],
    ["fillers", "alice\u3164\uffa0\u115f", "alice"],
    ["a hidden message in tags", "alice\u{e0068}\u{e0069}", "alice"],
  ])("removes %s", (_what, name, rest) => expect(withoutDisguise(name)).toBe(rest));

  it.each([
    "Ada Lovelace",
    "👩‍👩‍👧‍👦 family",
    "❤️‍🔥 Max❤️ 1️⃣ ™️",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 England",
    "🏳️‍🌈",
    "محمد می‌خواهم",
    "क्‍ष ශ්‍රී",
    "葛\u{e0100}城",
    "שָׁלוֹם",
    "Zoë é e\u0301",
    "ᠮᠣᠩᠭᠣᠯ",
  ])("leaves %s as it is", (name) => expect(withoutDisguise(name)).toBe(name));

  it("changes no name twice", () => {
    const unit = fc.oneof(fc.constantFrom(...INVISIBLE), fc.string({ unit: "grapheme", maxLength: 1 }));
    fc.assert(
      fc.property(fc.string({ unit }), (name) => {
        const once = withoutDisguise(name);
        expect(withoutDisguise(once)).toBe(once);
      }),
    );
  });
});
