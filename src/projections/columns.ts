// The kinds of column that a projection names: how each reads its value from Clerk's object, and its type in Postgres.

import type { SqlType } from '../database/binary-writer.ts';
import { isObject, type JsonObject } from '../clerk/json.ts';
import { numberOf } from '../clerk/json.ts';
import { timeOf } from '../clerk/time.ts';

export interface Column {
  readonly sqlType: SqlType;
  /** A text, boolean, integer, JSON, or a time in ms since 1970. Total: what is not of the column's kind reads as null, and stays in `data`. */
  readonly read: (object: JsonObject, name: string) => unknown;
}

export type Columns = Readonly<Record<string, Column>>;

export const text: Column = {
  sqlType: 'text',
  read: (object, name) => textOf(object[name]),
};

export const flag: Column = {
  sqlType: 'boolean',
  read: (object, name) => (typeof object[name] === 'boolean' ? object[name] : null),
};

export const integer: Column = {
  sqlType: 'integer',
  read: (object, name) => {
    const number = numberOf(object[name]);
    return number !== undefined && Number.isInteger(number) && Math.abs(number) < 2 ** 31 ? number : null;
  },
};

/** Clerk's epoch, ms or s. */
export const time: Column = {
  sqlType: 'timestamptz',
  read: (object, name) => timeOf(object[name]) ?? null,
};

/** A time under the column's name, or else under another. */
export function timeNamed(other: string): Column {
  return {
    sqlType: 'timestamptz',
    read: (object, name) => time.read(object, name) ?? time.read(object, other),
  };
}

/** Kept whole: metadata and verifications. */
export const json: Column = {
  sqlType: 'jsonb',
  read: (object, name) => object[name] ?? null,
};

/** Text found elsewhere in the object than under the column's own name. */
export function textFrom(find: (object: JsonObject) => unknown): Column {
  return { sqlType: 'text', read: (object) => textOf(find(object)) };
}

/** JSON that is made of the object. */
export function jsonFrom(make: (object: JsonObject) => unknown): Column {
  return { sqlType: 'jsonb', read: (object) => make(object) ?? null };
}

/** The value of `name`, or the first of the other names that holds one: older ones, or the Backend API's. */
export function textNamed(...otherNames: readonly string[]): Column {
  return {
    sqlType: 'text',
    read: (object, name) =>
      [name, ...otherNames].map((each) => textOf(object[each])).find((value) => value !== null) ?? null,
  };
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The objects in an array; what is no object, or no array, is passed over. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
