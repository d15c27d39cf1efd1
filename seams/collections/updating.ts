import type { Update } from "./collection.ts";
import { compareValues, valueAt } from "./matching.ts";

type Change = (old: unknown, operand: unknown) => unknown;

/** The operators of an update: each computes a field's new value; undefined removes the field. */
const OPERATORS: Readonly<Record<string, Change>> = {
  $set: (_old, operand) => operand,
  $unset: () => undefined,
  $inc: (old, operand) => Number(old ?? 0) + Number(operand),
  $max: (old, operand) => (old === undefined || compareValues(operand, old) > 0 ? operand : old),
};

/** Applies an update to a document in place. @throws TypeError when the update uses an unknown operator */
export function applyUpdate(doc: object, update: Update): void {
  for (const [operator, fields] of Object.entries(update)) {
    const change = OPERATORS[operator];
    if (!change) throw new TypeError(`An update can't use ${operator}`);
    for (const [path, operand] of Object.entries(fields)) {
      setAt(doc, path, change(valueAt(doc, path), operand));
    }
  }
}

function setAt(doc: object, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop()!;
  let parent = doc as Record<string, unknown>;
  for (const name of names) {
    const child = Object.hasOwn(parent, name) ? parent[name] : undefined;
    if (typeof child === "object" && child !== null) {
      parent = child as Record<string, unknown>;
      continue;
    }
    if (value === undefined) return;
    parent = define(parent, name, {});
  }
  if (value === undefined) delete parent[last];
  else define(parent, last, value);
}

/** An own property whatever its name: assigning to `__proto__` would change the prototype instead. */
function define<V>(parent: object, name: string, value: V): V {
  Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}
