import { hash } from "node:crypto";

/** The JSON of an object, and 64 bits of its hash. */
interface Entry {
  readonly text: string;
  readonly high: number;
  readonly low: number;
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

function entryOf(text: string): Entry {
  const bytes = hash("sha256", text, "buffer");
  return { text, high: bytes.readInt32LE(0), low: bytes.readInt32LE(4) };
}

/** @returns the JSON of an object that does not change any more; made once, if the object is sent again */
function jsonOf(value: object): Entry {
  let entry = known.get(value);
  if (entry === undefined) {
    entry = entryOf(JSON.stringify(value));
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
  // The tag is made of the entries' hashes, because hashing the whole text would take a tenth of the time of an answer.
  let [high, low] = [0, 0];
  for (const entry of entries) {
    high = (Math.imul(high, 31) + entry.high) | 0;
    low = (Math.imul(low, 37) + entry.low) | 0;
  }
  return new Json(
    text,
    `"${(high >>> 0).toString(36)}-${(low >>> 0).toString(36)}-${others.length}-${entries.length}"`,
  );
}

/** The JSON of an answer that is made anew each time. */
export function taggedJson(value: object): Json {
  const text = JSON.stringify(value);
  return new Json(text, `"${hash("sha256", text, "base64url").slice(0, 16)}"`);
}
