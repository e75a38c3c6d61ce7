// A mirrored row as a person reads it: what is known of it, line by line. `--json` prints all.

import { isObject, type JsonObject } from '../clerk/json.ts';
import type { MirroredRow } from '../sync/read-row.ts';

/** `data` is left out: its fields are columns, or of little use to a reader. */
export function printRow(table: string, row: MirroredRow): string {
  const isSet = (value: unknown): value is readonly JsonObject[] =>
    Array.isArray(value) && value.every(isObject);
  const sets = Object.entries(row).filter(([name, value]) => name !== 'data' && isSet(value));
  const own = Object.fromEntries(Object.entries(row).filter(([name]) => !sets.some(([set]) => set === name)));
  return [
    table,
    ...printFields(own, '  '),
    ...sets.flatMap(([name, children]) =>
      (children as readonly JsonObject[]).flatMap((child) => ['', name, ...printFields(child, '  ')]),
    ),
  ].join('\n');
}

function printFields(row: JsonObject, indent: string): string[] {
  const shown = Object.entries(row).filter(([name, value]) => name !== 'data' && value !== null);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${indent}${name.padEnd(width)}  ${printValue(value)}`);
}

/** Names are of people's own making: what would steer the terminal is spelt out. */
function printValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
