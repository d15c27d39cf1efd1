import { isDeepStrictEqual } from "node:util";
import type { Query } from "./collection.ts";

/** The order of types, as in MongoDB: values of different types are never equal, and ranges stay within one type. */
const TYPES = ["null", "number", "string", "object", "array", "boolean"] as const;
type Type = (typeof TYPES)[number];

/** The comparisons that a query may make with a field, besides equality and `$in`. */
const RANGES = {
  $lt: (order: number) => order < 0,
  $lte: (order: number) => order <= 0,
  $gt: (order: number) => order > 0,
  $gte: (order: number) => order >= 0,
} as const;
type RangeOperator = keyof typeof RANGES;

/** One condition of a query: the field's value equals the operand, is in it, or is on one side of it. */
export interface Condition {
  field: string;
  operator: "$eq" | "$in" | "$elemMatch" | RangeOperator;
  operand: unknown;
}

/** The conditions of a query, all of which must hold. @throws TypeError when the query uses an unknown operator */
export function conditionsOf(query: Query): Condition[] {
  return Object.entries(query).flatMap(([field, wanted]) => {
    if (!isOperators(wanted)) return [{ field, operator: "$eq" as const, operand: wanted ?? null }];
    return Object.entries(wanted).map(([operator, operand]): Condition => {
      if (operator === "$in" && Array.isArray(operand)) return { field, operator, operand };
      if (operator === "$elemMatch" && isOperators(operand)) return { field, operator, operand };
      if (operator in RANGES) return { field, operator: operator as RangeOperator, operand };
      throw new TypeError(`A query can't use ${operator} with ${JSON.stringify(operand)}`);
    });
  });
}

function isOperators(wanted: unknown): wanted is Record<string, unknown> {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return false;
  return Object.keys(wanted).some((name) => name.startsWith("$"));
}

/** Whether a document meets all conditions. A condition on an array holds if it does for one of its elements. */
export function matches(doc: object, conditions: readonly Condition[]): boolean {
  return conditions.every((condition) => {
    const value = valueAt(doc, condition.field);
    if (isMet(value, condition)) return true;
    return Array.isArray(value) && value.some((element) => isMet(element, condition));
  });
}

/** The ranges of a condition with `$elemMatch`. @throws TypeError when it uses another operator */
export function rangesOf({ field, operand }: Condition): Condition[] {
  const ranges = conditionsOf({ [field]: operand });
  if (ranges.every(({ operator }) => operator in RANGES)) return ranges;
  throw new TypeError(`A query can't use $elemMatch with ${JSON.stringify(operand)}`);
}

function isMet(value: unknown, condition: Condition): boolean {
  const { operator, operand } = condition;
  if (operator === "$elemMatch") {
    const ranges = rangesOf(condition);
    return Array.isArray(value) && value.some((element) => ranges.every((range) => isMet(element, range)));
  }
  if (operator === "$eq") return isEqual(value, operand);
  if (operator === "$in") return (operand as unknown[]).some((one) => isEqual(value, one));
  return typeOf(value) === typeOf(operand) && RANGES[operator](compareValues(value, operand));
}

/** A missing field equals null, and -0 equals 0. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a ?? null, b ?? null);
}

/** @param path a field, or fields of nested objects joined by dots */
export function valueAt(doc: object, path: string): unknown {
  let value: unknown = doc;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Compares two values as MongoDB sorts them. Nested objects and arrays are only told from other types. */
export function compareValues(a: unknown, b: unknown): number {
  const type = typeOf(a);
  const other = typeOf(b);
  if (type !== other) return TYPES.indexOf(type) - TYPES.indexOf(other);
  if (type === "string") return compareTexts(a as string, b as string);
  return type === "number" || type === "boolean" ? Number(a) - Number(b) : 0;
}

/**
 * Compares two texts by code points, as SQLite and MongoDB do. `<` compares UTF-16 code units, and so puts characters
 * beyond U+FFFF before U+E000.
 */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const difference = rankOf(a.charCodeAt(at)) - rankOf(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Ranks a code unit so that surrogates come after all others. */
function rankOf(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

function typeOf(value: unknown): Type {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as Type;
}
