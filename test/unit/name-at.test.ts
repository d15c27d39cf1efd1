import { expect, it } from "@jest/globals";
import { nameAt } from "../../web/src/components/name-at.ts";

/** The caret is where the bar is. */
const at = (text: string) => nameAt(text.replace("|", ""), text.indexOf("|"));

it.each([
  ["@|", { start: 0, end: 1, typed: "" }],
  ["Hello @mar|", { start: 6, end: 10, typed: "mar" }],
  ["Hello @ma|ria, how", { start: 6, end: 12, typed: "ma" }],
  ["(@mar|)", { start: 1, end: 5, typed: "mar" }],
  ["שלום @田中|", { start: 5, end: 8, typed: "田中" }],
  ["＠jo|", { start: 0, end: 3, typed: "jo" }],
  ["a\n@b|", { start: 2, end: 4, typed: "b" }],
  ["me@example|.com", null],
  ["é@b|", null],
  ["@@b|", null],
  ["@mar ia|", null],
  ["mar|", null],
  ["|@mar", null],
])("the name that is being written in %j", (text, name) => expect(at(text)).toEqual(name));
