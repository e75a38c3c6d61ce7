// Where a schema and an interface of ours differ: field by field, one line for each difference.

export interface Field {
  /** The key may be missing. */
  readonly optional: boolean;
  readonly nullable: boolean;
  /** What it may be when it is there and not null. */
  readonly kinds: readonly string[];
}

export type Fields = ReadonlyMap<string, Field>;

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
  return [
    ...(theirs.optional && !ours.optional ? ['may be missing there, not here'] : []),
    ...(theirs.nullable && !ours.nullable ? ['may be null there, not here'] : []),
    ...(strange.length > 0 ? [`${strange.join(', ')} there, ${ours.kinds.join(', ')} here`] : []),
  ];
}
