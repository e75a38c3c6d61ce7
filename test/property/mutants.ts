// Ways to break the guarantees on purpose: the property must find each. `from` stands exactly once in its file.

export interface Mutant {
  readonly name: string;
  /** Under src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Shows only where something is erased. */
  readonly erasing?: true;
}

const upsert = 'projections/guarded-upsert.ts';
const apply = 'intake/apply.ts';
const changes = 'intake/changes.ts';

export const mutants: readonly Mutant[] = [
  {
    name: 'no version guard: what comes last stays',
    file: upsert,
    from: `row.source_updated_at is null or \${newness('row')} < \${newness('excluded')}`,
    to: 'true',
  },
  {
    name: 'equal updated_at are not told apart by the time of the event',
    file: upsert,
    from: 'return `(${row}.source_updated_at, ${copyNewness(row).slice(1)}`;',
    to: `return \`(\${row}.source_updated_at, coalesce(\${row}.source_message_id, '') collate "C")\`;`,
  },
  {
    name: 'equal times are not told apart by the svix-id',
    file: upsert,
    from: `, coalesce(\${row}.source_message_id, '') collate "C")`,
    to: ')',
  },
  {
    name: 'in a batch the higher svix-id is the older',
    file: 'projections/version.ts',
    from: 'a.messageId < b.messageId ? -1 : 1',
    to: 'a.messageId < b.messageId ? 1 : -1',
  },
  {
    name: '> for >= in "again": a corrected mapping does not reach old rows',
    file: upsert,
    from: `or ($2 and \${newness('row')} = \${newness('excluded')})`,
    to: 'or ($2::boolean and false)',
  },
  {
    name: '> for >= in "again", for copies',
    file: upsert,
    from: `or ($3 and \${copyNewness('row')} = \${copyNewness('incoming')})`,
    to: 'or ($3::boolean and false)',
  },
  {
    name: 'no tombstone',
    file: apply,
    from: 'if (earliest !== undefined) deaths.set(',
    to: 'if (earliest === null) deaths.set(',
  },
  {
    name: 'the latest tombstone instead of the earliest',
    file: upsert,
    from: 'row.deleted_at > incoming.deleted_at',
    to: 'row.deleted_at < incoming.deleted_at',
  },
  {
    name: 'no cascade',
    file: apply,
    from: 'if (justDeleted.size > 0) writer.cascade(justDeleted);',
    to: '',
  },
  {
    name: 'a cascade takes the later of two owners',
    file: upsert,
    from: '`least(${owners.map(',
    to: '`greatest(${owners.map(',
  },
  {
    name: 'late children of deleted owners stay alive',
    file: apply,
    from: 'deletedOwners.set(id, death);',
    to: 'void [id, death];',
  },
  {
    name: 'a deleted row is brought back by an update',
    file: upsert,
    from: 'projection.listed?.webhookOnly ?? [])}, synced_at = now()',
    to: 'projection.listed?.webhookOnly ?? [])}, deleted_at = null, synced_at = now()',
  },
  {
    name: 'parents last: what is owned is written before its owners',
    file: apply,
    from: [
      'const namedTables = tables.filter(({ projection }) => isNamed(projection));',
      '  const otherTables = tables.filter(({ projection }) => !isNamed(projection));',
      '  for (const { projection } of namedTables)',
    ].join('\n'),
    to: [
      'const otherTables = tables.filter(({ projection }) => isNamed(projection));',
      '  const namedTables = tables.filter(({ projection }) => !isNamed(projection));',
      '  for (const { projection } of otherTables)',
    ].join('\n'),
  },
  {
    name: 'a copy overwrites an own object',
    file: changes,
    from: 'named.copy = { version, object: copy };',
    to: 'named.own = { version, object: copy };',
  },
  {
    name: 'a copy is guarded by its arrival, not by its event',
    file: upsert,
    from: `(row.source_event_at is null or \${copyNewness('row')} < \${copyNewness('incoming')}`,
    to: '(true',
  },
  {
    name: 'of copies in one batch the last stays, not the newest',
    file: changes,
    from: 'compareCopies(named.copy.version, version) <= 0',
    to: 'compareCopies(version, version) <= 0',
  },
  {
    name: 'of objects in one batch the last stays, not the newest',
    file: changes,
    from: 'compareVersions(change.own.version, carried.version) <= 0',
    to: 'compareVersions(carried.version, carried.version) <= 0',
  },
  {
    name: 'an object without updated_at counts as new as its event',
    file: 'projections/version.ts',
    from: 'timeOf(object.updated_at) ?? -Infinity',
    to: 'timeOf(object.updated_at) ?? eventAt',
  },
  {
    name: 'what the newer object lacks stays as it was',
    file: upsert,
    from: '? `${name} = excluded.${name}`',
    to: '? `${name} = coalesce(excluded.${name}, row.${name})`',
  },
  {
    name: 'child sets only grow',
    file: upsert,
    from: 'and row.${id} = had.id and not exists',
    to: 'and row.${id} = had.id and false and not exists',
  },
  {
    name: 'seconds are read as milliseconds',
    file: 'clerk/time.ts',
    from: 'number < secondsBelow ? number * 1000 : number',
    to: 'secondsBelow && number',
  },
  {
    name: 'the deletion that carries an object does not write it',
    file: 'projections/organization-memberships.ts',
    from: "    'organizationMembership.deleted',\n  ],\n",
    to: '  ],\n',
  },
  {
    name: 'a stale object takes the children away',
    file: upsert,
    from: "in (select id, event_at, message_id, coalesce(updated_at, 'infinity') from version)",
    to: 'is not null',
  },
  {
    name: 'the primary address is the first of the list',
    file: 'projections/users.ts',
    from: 'objectsIn(user[list]).find((each) => each.id === id)?.[valueKey]',
    to: 'objectsIn(user[list])[0]?.[valueKey]',
  },
  {
    name: 'an embedded object stays in data',
    file: 'projections/sessions.ts',
    from: "embedded: ['user']",
    to: 'embedded: []',
  },
  {
    name: 'an event without timestamp counts as of its delivery',
    file: 'clerk/event.ts',
    from: 'timeOf(envelope.timestamp) ?? timeOf(data.updated_at)',
    to: 'timeOf(envelope.timestamp)',
  },
  {
    name: 'backup codes are kept',
    file: 'clerk/redact.ts',
    from: "if (key === 'backup_codes') return true;",
    to: "if (key === 'backup_codes') return false;",
  },
  {
    name: 'an owner that is only named is not locked',
    file: upsert,
    from: 'on conflict (id) do update set synced_at = row.synced_at where false',
    to: 'on conflict (id) do nothing',
  },
];
