// Where a schema and an interface of ours differ: field by field, one line for each difference.

import type { SchemaFacts } from '../../generate/openapi-facts.ts';

export interface Field {
  /** The key may be missing. */
  readonly optional: boolean;
  readonly nullable: boolean;
  /** What it may be when it is there and not null. */
  readonly kinds: readonly string[];
  /** The texts that it is known to be; empty where any text may come. */
  readonly values: readonly string[];
}

export type Fields = ReadonlyMap<string, Field>;

/** The fields of a schema as Clerk documents it. */
export function documentedFields(schema: SchemaFacts): Fields {
  return new Map(
    Object.entries(schema).map(([name, type]) => {
      const alternatives = type.split(' | ');
      const kinds = alternatives.filter((each) => each !== 'null').map(kindOf);
      const values = alternatives.filter((each) => each.startsWith("'")).map((each) => each.slice(1, -1));
      const field = { optional: name.endsWith('?'), nullable: alternatives.includes('null') };
      return [name.replace(/\?$/, ''), { ...field, kinds: [...new Set(kinds)], values }];
    }),
  );
}

function kindOf(type: string): string {
  if (type.endsWith('[]')) return `array of ${kindOf(type.slice(0, -2))}`;
  if (/^['/]/.test(type)) return 'string';
  if (type === 'integer') return 'number';
  // An object without a name of its own is called by its place.
  return type.includes('.') ? 'object' : type;
}

/** `<schema>.<field>: <difference>`. Ours may be wider than theirs, never narrower. */
export function fieldDifferences(schema: string, ours: Fields, theirs: Fields): string[] {
  const names = [...new Set([...theirs.keys(), ...ours.keys()])].sort();
  return names.flatMap((name) =>
    differencesOf(ours.get(name), theirs.get(name)).map((each) => `${schema}.${name}: ${each}`),
  );
}

function differencesOf(ours: Field | undefined, theirs: Field | undefined): string[] {
  if (ours === undefined) return ['theirs alone'];
  if (theirs === undefined) return ['ours alone'];
  const strange = theirs.kinds.filter((kind) => !ours.kinds.includes(kind));
  const unlisted =
    ours.values.length === 0 ? [] : theirs.values.filter((each) => !ours.values.includes(each));
  return [
    ...(theirs.optional && !ours.optional ? ['may be missing there, not here'] : []),
    ...(theirs.nullable && !ours.nullable ? ['may be null there, not here'] : []),
    ...(strange.length > 0 ? [`${strange.join(', ')} there, ${ours.kinds.join(', ')} here`] : []),
    ...unlisted.map((value) => `'${value}' there, not listed here`),
  ];
}
