// What differs between two of Clerk's objects, field by field, also deep inside: what an update changed.

import { isObject, type JsonObject } from '../../clerk/json.ts';

/** A key of an object, the id of an object in a list, or a place in a list whose things have no ids. */
export type Step = { readonly key: string } | { readonly id: string } | { readonly at: number };

export interface Difference {
  readonly path: readonly Step[];
  readonly kind: 'added' | 'removed' | 'changed';
  /** undefined: was not there; now is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Depth is the sender's choice: what is deeper is told as one value. */
const mostLevels = 20;

export function differencesBetween(before: JsonObject, after: JsonObject): Difference[] {
  const found: Difference[] = [];
  compare([], before, after, found);
  return found;
}

function compare(path: readonly Step[], before: unknown, after: unknown, found: Difference[]): void {
  if (before === undefined || after === undefined) {
    if (before === after) return;
    found.push({ path, kind: before === undefined ? 'added' : 'removed', before, after });
  } else if (path.length < mostLevels && isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare([...path, { key }], own(before, key), own(after, key), found);
  } else if (path.length < mostLevels && Array.isArray(before) && Array.isArray(after)) {
    compareLists(path, before, after, found);
  } else if (!isSame(before, after)) {
    found.push({ path, kind: 'changed', before, after });
  }
}

/** By the ids of what is in them, where all have one: Clerk does not order its lists. */
function compareLists(
  path: readonly Step[],
  before: readonly unknown[],
  after: readonly unknown[],
  found: Difference[],
): void {
  const [was, is] = [byId(before), byId(after)];
  if (was !== undefined && is !== undefined) {
    for (const id of new Set([...was.keys(), ...is.keys()]))
      compare([...path, { id }], was.get(id), is.get(id), found);
  } else if ([...before, ...after].some(isObject)) {
    for (let at = 0; at < Math.max(before.length, after.length); at++)
      compare([...path, { at }], before[at], after[at], found);
  } else if (!isSame(before, after)) {
    found.push({ path, kind: 'changed', before, after });
  }
}

function byId(list: readonly unknown[]): Map<string, unknown> | undefined {
  const things = new Map<string, unknown>();
  for (const each of list) {
    const id = isObject(each) ? each.id : undefined;
    if (typeof id !== 'string' || things.has(id)) return undefined;
    things.set(id, each);
  }
  return things;
}

/** Not what an object has of its prototype: a key may be called toString. */
function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** With a list of what is left to compare, not by recursion, because depth is the sender's choice. */
function isSame(one: unknown, other: unknown): boolean {
  const left: [unknown, unknown][] = [[one, other]];
  for (let pair = left.pop(); pair !== undefined; pair = left.pop()) {
    const [a, b] = pair;
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) return false;
      for (let at = 0; at < a.length; at++) left.push([a[at], b[at]]);
    } else if (isObject(a) && isObject(b)) {
      const keys = Object.keys(a);
      if (keys.length !== Object.keys(b).length) return false;
      for (const key of keys) {
        if (!Object.hasOwn(b, key)) return false;
        left.push([a[key], b[key]]);
      }
    } else if (scalarText(a) !== scalarText(b)) return false;
  }
  return true;
}

/** Numbers that a double cannot hold are kept by their digits. */
function scalarText(value: unknown): string {
  return typeof value === 'object' && value !== null && !JSON.isRawJSON(value)
    ? 'a list or an object'
    : JSON.stringify(value);
}
