const texts = new WeakMap<object, string>();

/** A body that is JSON already. */
export class Json {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** @returns the JSON of an object that does not change any more; made once, if the object is sent again */
function jsonOf(value: object): string {
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(value);
    texts.set(value, text);
  }
  return text;
}

/**
 * The JSON of an object with a list, made from the JSON of its entries.
 *
 * @param name of the list
 * @param entries objects that do not change any more
 * @param rest the other properties, which come after the list
 */
export function listJson(name: string, entries: readonly object[], rest: object): Json {
  const others = JSON.stringify(rest).slice(1);
  return new Json(`{"${name}":[${entries.map(jsonOf).join(",")}]${others === "}" ? others : `,${others}`}`);
}
