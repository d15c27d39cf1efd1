import { expect, it } from "@jest/globals";
import { shortcutKey } from "../../web/src/components/shortcut-key.ts";

const press = (key: string, code = "", shiftKey = false) => shortcutKey({ key, code, shiftKey });

it.each([
  ["the letter of a Latin layout, wherever it is", "j", "KeyC", "j"],
  ["Caps Lock", "J", "KeyJ", "j"],
  ["Russian", "о", "KeyJ", "j"],
  ["Russian with Caps Lock", "О", "KeyJ", "j"],
  ["Greek", "ξ", "KeyJ", "j"],
  ["Hebrew", "ח", "KeyJ", "j"],
  ["Arabic", "ت", "KeyJ", "j"],
  ["Arabic, where one key types two letters", "لا", "KeyB", "b"],
  ["Thai, where the letter is a mark", "่", "KeyJ", "j"],
  ["Korean", "ㅓ", "KeyJ", "j"],
  ["Devanagari", "र", "KeyJ", "j"],
  ["French, on the key of the US q", "a", "KeyQ", "a"],
  ["a Latin letter with an accent", "é", "Digit2", "é"],
  ["another key", "Enter", "Enter", "Enter"],
  ["a question mark", "?", "Digit7", "?"],
  ["an Arabic question mark", "؟", "Slash", "?"],
  ["a slash", "/", "Digit7", "/"],
  ["the slash of an Arabic layout", "ظ", "Slash", "/"],
  ["the full stop of an Arabic layout", "ز", "Period", "."],
  ["a Greek question mark", "\u037e", "KeyQ", "?"],
])("reads %s", (_name, key, code, expected) => {
  expect(press(key, code)).toBe(expected);
});

it("reads no shortcut in a capital letter, and a question mark in the shifted key of other layouts", () => {
  expect(press("J", "KeyJ", true)).toBeNull();
  expect(press("О", "KeyJ", true)).toBeNull();
  expect(press("?", "Slash", true)).toBe("?");
  expect(press("ъ", "Slash", true)).toBe("?");
});
