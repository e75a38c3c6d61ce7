// What Clerk's OpenAPI documents say (test/facts/, written by generate/facts.ts), and what in a value departs from it.

import { readFileSync } from 'node:fs';
import type { SchemaFacts } from '../../generate/openapi-facts.ts';

export type Schemas = Readonly<Record<string, SchemaFacts>>;

export interface Endpoint {
  /** Of the query: name to type, `?` behind a name that may be left out. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Status to the type of the body. */
  readonly answers: Readonly<Record<string, string>>;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../facts/${name}.json`, import.meta.url), 'utf8'));
}

export const webhookFacts = read('webhooks') as {
  /** Event type to the schema of its `data`. */
  readonly events: Readonly<Record<string, string>>;
  readonly schemas: Schemas;
};

export const apiFacts = read('backend-api') as {
  /** `GET /users/{id}` to what may be asked, and what is answered. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly schemas: Schemas;
};

/**
 * Where a value is not of the type, `$.email_addresses[].id: null`, each place once. Stricter than Clerk's documents: a
 * field that the schema does not name is a departure too.
 */
export function departures(value: unknown, type: string, schemas: Schemas): string[] {
  return [...new Set(departuresAt(value, type.split(' | '), schemas, '$'))].sort();
}

function departuresAt(value: unknown, kinds: readonly string[], schemas: Schemas, at: string): string[] {
  if (Array.isArray(value)) {
    const each = kinds.filter((kind) => kind.endsWith('[]')).map((kind) => kind.slice(0, -2));
    if (each.length > 0) return value.flatMap((one) => departuresAt(one, each, schemas, `${at}[]`));
  }
  const [first = [], ...others] = kinds.map((kind) => departuresFrom(value, kind, schemas, at));
  // Of several schemas the one that fits best.
  const best = others.reduce((found, next) => (next.length < found.length ? next : found), first);
  const isWhole = best.length > 0 && best[0]!.startsWith(`${at}: `);
  return isWhole ? [`${at}: ${JSON.stringify(value)}, not ${kinds.join(' | ')}`] : best;
}

function departuresFrom(value: unknown, kind: string, schemas: Schemas, at: string): string[] {
  const schema = schemas[kind];
  if (schema === undefined) return fits(value, kind) ? [] : [`${at}: not ${kind}`];
  if (!isObject(value)) return [`${at}: not ${kind}`];
  const missing = Object.keys(schema).filter((name) => !name.endsWith('?') && !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => `${at}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, field]) => {
      const type = schema[name] ?? schema[`${name}?`];
      if (type === undefined) return [`${at}.${name}: not in ${kind}`];
      return departuresAt(field, type.split(' | '), schemas, `${at}.${name}`);
    }),
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits(value: unknown, kind: string): boolean {
  switch (kind) {
    case 'any':
      return true;
    case 'null':
      return value === null;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'object':
      return isObject(value);
    default:
      if (kind.startsWith("'")) return value === kind.slice(1, -1);
      if (kind.startsWith('/')) return typeof value === 'string' && new RegExp(kind.slice(1, -1)).test(value);
      return typeof value === kind;
  }
}
