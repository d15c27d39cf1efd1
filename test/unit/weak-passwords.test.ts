import { describe, expect, it } from "@jest/globals";
import { weaknessOf } from "../../services/api/accounts/weak-passwords.ts";

const NAMES = ["Alice_1999", "Alice Liddell", "starling", "bird.example"];
const isWeak = async (password: string) => (await weaknessOf(password, NAMES)) !== null;

describe("a password that guessers try first", () => {
  it.each([
    ...["password", "PASSWORD", "Password1", "12345678", "iloveyou", "football", "qwerty123", "password!", "trustno1"],
    ...["aaaaaaaa", "abababab", "abcabcabc", "qwertyqwerty", "11111111", "1234512345", "abcdefgh", "87654321"],
    ...["poiuytre", "lkjhgfds", "asdfghjkl", "1234567890-", "01012009", "31121999", "12311999", "19991231"],
    ...["        ", " \t\n\u00a0\u3000\u2003  ", "\u200b".repeat(8), "\u2800".repeat(9)],
  ])("is weak because everybody uses it: %j", async (password) => {
    expect(await isWeak(password)).toBe(true);
  });

  it.each([
    ...["alice_1999", "ALICE_1999", "alice1999", "9991_ecila", "aliceliddell", "Alice Liddell", "Alice Liddell 77"],
    ...["starling", "Starling2026", "gnilrats", "bird.example", "birdexample1", "elpmaxe.drib"],
  ])("is weak because it is a name: %j", async (password) => {
    expect(await isWeak(password)).toBe(true);
  });
});

it.each([
  ...["correct horse battery", "correct horse", "battery staple", "another horse battery", "first password"],
  ...["x".repeat(128), "é".repeat(128), "8 chars!", "alice likes cats", "my starling sings", "29384710", "Tr0ub4dor&3"],
])("another password is none of them: %j", async (password) => {
  expect(await isWeak(password)).toBe(false);
});

it("the check takes a time that is linear in the length", async () => {
  await isWeak("loads the list");
  const units = ["1", "ab", "a1_", "é", "\u0301", "日本", "aaaaaaab", " ", "_1", "１"];
  const before = process.cpuUsage();
  for (const unit of units) {
    for (const name of ["x".repeat(50), "1".repeat(50), unit.repeat(50).slice(0, 50)]) {
      await weaknessOf(unit.repeat(1000).slice(0, 1000), [name]);
    }
  }
  const { user } = process.cpuUsage(before);
  expect(user / 1000 / units.length / 3).toBeLessThan(50);
});
