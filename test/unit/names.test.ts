import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { cut, foldName, matchName, searchKeys } from "../../lib/names.ts";

const maria = { username: "maria_l", displayName: "Maria Lindqvist" };

describe("names are folded", () => {
  it.each([
    ["José  Ángel-Núñez", "jose angel nunez"],
    ["Jürgen Weiß", "jurgen weiss"],
    ["SØREN Ærø", "soren aero"],
    ["Łukasz", "lukasz"],
    ["ＷＩＤＥ", "wide"],
    ["ﬁne", "fine"],
    ["İstanbul ışık", "istanbul isik"],
    ["Ὀδυσσεύς", "οδυσσευσ"],
    ["Ёлка", "елка"],
    ["مُحَمَّد أحمد", "محمد احمد"],
    ["שָׁלוֹם", "שלום"],
    ["ﾀﾅｶ", "タナカ"],
    ["がぎ", "がぎ"],
    ["O'Brien", "obrien"],
    ["maria_l", "maria l"],
    ["🦜 Paula ❤️", "🦜 paula ❤"],
    ["…", ""],
  ])("%j", (name, folded) => expect(foldName(name)).toBe(folded));

  it("once and for all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => expect(foldName(foldName(name))).toBe(foldName(name))),
    );
  });
});

describe("names match", () => {
  it.each([
    [maria, "maria_l", 0],
    [maria, "@Maria_L", 0],
    [maria, "maria lindqvist", 1],
    [maria, "mar", 2],
    [maria, "@mar", 2],
    [maria, "＠mar", 2],
    [maria, "Lindqvist", 3],
    [maria, "lindqvist m", 3],
    [maria, "lind MAR", 4],
    [maria, "qvist", null],
    [maria, "mari lindberg", null],
    [maria, "", null],
    [maria, "@", null],
    [{ username: "kenji", displayName: "山田中村" }, "田中", 3],
    [{ username: "kenji", displayName: "田中太郎" }, "太郎", 3],
    [{ username: "kenji", displayName: "山田 太郎" }, "太郎", 3],
    [{ username: "som", displayName: "สมชาย" }, "ชาย", 3],
    [{ username: "kim", displayName: "김철수" }, "철수", 3],
    [{ username: "Anna", displayName: "Anna Maria Qvist" }, "anna qvist", 4],
    [{ username: "_x_", displayName: "…" }, "_x", 2],
  ])("%j with %j: %j", (user, typed, match) => expect(matchName(user, typed)).toBe(match));
});

describe("the keys of a user", () => {
  it("are the names, turned so that each word comes first", () => {
    expect(searchKeys(maria)).toEqual(["maria lindqvist", "lindqvist maria", "maria l", "l maria"]);
    expect(searchKeys({ username: "kenji", displayName: "田中 太郎" })).toEqual([
      "田中 太郎",
      "中 太郎 田",
      "太郎 田中",
      "郎 田中 太",
      "kenji",
    ]);
  });

  it("are few and short, and whole characters, whatever the name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 50 }), (displayName) => {
        const keys = searchKeys({ username: "a".repeat(30), displayName });
        expect(keys.length).toBeLessThanOrEqual(64);
        for (const key of keys) expect([key.length <= 32, key.isWellFormed(), cut(key)]).toEqual([true, true, key]);
      }),
    );
  });

  it("begin with every word of the name", () => {
    const letters = fc.constantFrom(..."abcé田中が김ΩЖ𠮷🦜 -_'");
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 25 }), (displayName) => {
        const keys = searchKeys({ username: "x", displayName });
        for (const word of foldName(displayName).split(" ").filter(Boolean)) {
          expect(keys.some((key) => key.startsWith(cut(word)))).toBe(true);
        }
      }),
    );
  });
});
