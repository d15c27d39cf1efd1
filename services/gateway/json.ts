import { tagOf } from "./etag.ts";

/** The JSON of an object, and its entity tag. */
interface Entry {
  readonly text: string;
  readonly tag: string;
}

const known = new WeakMap<object, Entry>();

/** A body that is JSON already. */
export class Json {
  readonly text: string;
  /** The entity tag of the text, weak because every coding has the same. */
  readonly tag: string;

  constructor(text: string, tag: string) {
    this.text = text;
    this.tag = tag;
  }
}

/** @returns the JSON of an object that does not change any more; made once, if the object is sent again */
function jsonOf(value: object): Entry {
  let entry = known.get(value);
  if (entry === undefined) {
    const text = JSON.stringify(value);
    entry = { text, tag: tagOf(text) };
    known.set(value, entry);
  }
  return entry;
}

/**
 * The JSON of an object with a list, made from the JSON of its entries.
 *
 * @param name of the list
 * @param list entries that do not change any more
 * @param rest the other properties, which come after the list
 */
export function listJson(name: string, list: readonly object[], rest: object): Json {
  const others = JSON.stringify(rest).slice(1);
  const entries = list.map(jsonOf);
  const text = `{"${name}":[${entries.map((entry) => entry.text).join(",")}]${others === "}" ? others : `,${others}`}`;
  // The tag is made of the entries' tags, because hashing the whole text would take a tenth of the time of an answer.
  return new Json(text, tagOf(entries.map((entry) => entry.tag).join("") + others));
}

/** The JSON of an answer that is made anew each time. */
export function taggedJson(value: object): Json {
  const text = JSON.stringify(value);
  return new Json(text, tagOf(text));
}
