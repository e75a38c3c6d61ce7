// Ways to break the guarantees on purpose: the property must find each. A mutant replaces a named piece of src/, never a line of its text.

export interface Mutant {
  readonly name: string;
  /** Under src/. */
  readonly file: string;
  /**
   * A declaration in that file: a function, a variable, a property or a method, at any depth. The name is unique there,
   * or follows the name of a declaration around it: `outer.inner`. A variable or a function goes before properties of its name.
   */
  readonly piece: string;
  /**
   * Source text: the initializer of a variable or a property, or the statements of a function or a method. `$original` in it
   * is the value of the piece as it was: of the initializer, or of a call with the same arguments.
   */
  readonly becomes: string;
  /** Shows only where something is erased. */
  readonly erasing?: true;
}

const rowSql = 'apply/row-sql.ts';
const changes = 'apply/changes.ts';
const putOwners = 'apply/put-owners.ts';
const version = 'projections/version.ts';

export const mutants: readonly Mutant[] = [
  // Versions
  {
    name: 'no version guard: the object that is written last stays',
    file: rowSql,
    piece: 'isNewer',
    becomes: "() => 'true'",
  },
  {
    name: 'equal updated_at are not ordered by the time of the event',
    file: version,
    piece: 'versionOrder',
    becomes: 'return `(${row}.source_updated_at, ${messageOrder(row)})`;',
  },
  {
    name: 'equal times are not ordered by the svix-id',
    file: version,
    piece: 'messageOrder',
    becomes: '() => "\'\'"',
  },
  {
    name: 'svix-ids are ordered by the rules of a language, not bytewise',
    file: version,
    piece: 'messageOrder',
    becomes: '(row) => `lower(coalesce(${row}.source_message_id, \'\')) collate "C"`',
  },
  {
    name: 'an API answer is newer than every event of the same updated_at',
    file: version,
    piece: 'answerVersion',
    becomes: "return versionOf(object, Date.parse('9999-01-01'), '');",
  },
  {
    name: 'in a batch the higher svix-id is the older',
    file: version,
    piece: 'compareCopies',
    becomes: 'return a.eventAt === b.eventAt && a.messageId !== b.messageId ? -$original : $original;',
  },
  {
    name: 'in a batch the time of the event comes before updated_at',
    file: version,
    piece: 'compareVersions',
    becomes: 'return compareCopies(a, b) || $original;',
  },
  {
    name: 'an object without updated_at counts as new as its event',
    file: version,
    piece: 'versionOf',
    becomes: 'return { updatedAt: timeOf(object.updated_at) ?? eventAt, eventAt, messageId };',
  },
  {
    name: 'p_again does not write rows of the same version: a corrected mapping does not reach old rows',
    file: rowSql,
    piece: 'isNewer',
    becomes: "() => `row.source_updated_at is null or ${versionOrder('row')} < ${versionOrder('excluded')}`",
  },
  {
    name: 'p_again does not write copies of the same version',
    file: rowSql,
    piece: 'isNewerCopy',
    becomes: "() => `row.source_event_at is null or ${copyOrder('row')} < ${copyOrder('incoming')}`",
  },
  {
    name: 'of objects in one batch the last stays, not the newest',
    file: changes,
    piece: 'carry',
    becomes: 'change.own = carried;',
  },
  {
    name: 'keys that the newer object lacks stay as they were',
    file: rowSql,
    piece: 'replacedColumns',
    becomes: "return columns.map((name) => `${name} = coalesce(excluded.${name}, row.${name})`).join(', ');",
  },

  // Deletions
  {
    name: 'no tombstone',
    file: putOwners,
    piece: 'deletionArrays',
    becomes: 'return [null, null, null];',
  },
  {
    name: 'the latest tombstone instead of the earliest',
    file: rowSql,
    piece: 'isEarlierDeletion',
    becomes: "'row.deleted_at is null or row.deleted_at < deletion.at'",
  },
  {
    name: 'of two deletions in one batch the later counts',
    file: changes,
    piece: 'fold',
    becomes: `const before = changes.get(projection.table)?.get(id)?.deletedAt;
      $original;
      if (deletes && before !== undefined) changeOf(changes, projection.table, id).deletedAt = Math.max(before, message.occurredAt);`,
  },
  {
    name: 'of the deletions of a row and of its owners the later counts',
    file: rowSql,
    piece: 'earliestDeletions',
    becomes:
      "return `(select id, max(at), null from (${said.join(' union all ')}) as said(id, at, by) group by id)`;",
  },
  {
    name: 'no cascade',
    file: rowSql,
    piece: 'cascadeDeletions',
    becomes: "return 'null';",
  },
  {
    name: 'a cascade takes the later of two owners',
    file: rowSql,
    piece: 'cascadeDeletions.earliest',
    becomes: "(which) => $original(which).replace('least', 'greatest')",
  },
  {
    name: 'rows that come after the deletion of their owner are not deleted',
    file: 'apply/put-owned.ts',
    piece: 'deletionsOf.inherited',
    becomes: '[]',
  },
  {
    name: 'a deleted row is revived by an update',
    file: rowSql,
    piece: 'replacedColumns',
    becomes: 'return `${$original}, deleted_at = null`;',
  },
  {
    // The owners are put in first, without a lock, or foreign keys would refuse it.
    name: 'rows are written before their owners, whose deletion is read before their lock',
    file: 'apply/put-functions.ts',
    piece: 'putFunctionSet.functions',
    becomes: `$original
      .map((each) => {
        const owners = isReferenced(each.projection, declarations) ? [] : each.projection.owners;
        const inserts = owners.map(({ table, column }) => \`
          insert into \${tableOf(schema, table)} (id)
            select distinct \${column} from unnest(p_rows) as incoming where \${column} is not null order by 1
            on conflict (id) do nothing;\`);
        const body = (forgetBodies) => inserts.join('') + each.put.body(forgetBodies);
        return { ...each, put: { ...each.put, body } };
      })
      .sort((a, b) => Number(isReferenced(a.projection, declarations)) - Number(isReferenced(b.projection, declarations)))`,
  },
  {
    name: 'an API answer revives a row that an event deleted',
    file: rowSql,
    piece: 'reviveRows',
    becomes:
      "return `update ${table} set deleted_by = 'reconcile' where id = any(p_shown_ids) and deleted_at is not null; ${$original}`;",
  },
  {
    name: 'an owner that is only named is not locked',
    file: rowSql,
    piece: 'lockRows',
    becomes:
      'return `insert into ${table} (id) select unnest(p_ids) order by 1 on conflict (id) do nothing`;',
  },
  {
    name: 'the deletion that carries an object does not write it',
    file: 'projections/organization-memberships.ts',
    piece: 'carriedBy',
    becomes: "$original.filter((type) => type !== 'organizationMembership.deleted')",
  },

  // Embedded copies
  {
    name: 'in a batch a copy takes the place of an own object',
    file: changes,
    piece: 'carryCopy',
    becomes: 'change.own = carried;',
  },
  {
    name: 'a copy is written over an own object',
    file: rowSql,
    piece: 'hasNoOwnObject',
    becomes: "return 'true';",
  },
  {
    name: 'a copy counts as an own object',
    file: 'apply/input-rows.ts',
    piece: 'createRowWriter.updatedAt',
    becomes: 'version.updatedAt',
  },
  {
    name: 'of copies the one that is written last stays, not the one of the newest event',
    file: rowSql,
    piece: 'isNewerCopy',
    becomes: "() => 'true'",
  },
  {
    name: 'of copies in one batch the last stays, not the one of the newest event',
    file: changes,
    piece: 'carryCopy',
    becomes: 'change.copy = carried;',
  },
  {
    name: 'an embedded object stays in data',
    file: 'projections/sessions.ts',
    piece: 'embedded',
    becomes: '[]',
  },

  // Child sets
  {
    name: 'child sets only grow',
    file: rowSql,
    piece: 'deleteChildren',
    becomes: "return 'null';",
  },
  {
    name: 'every owner is taken for a new one, which has no children to remove',
    file: putOwners,
    piece: 'upsertWithChildren',
    becomes: '(table, projection) => `${$original(table, projection)}\n v_new := p_ids;`',
  },
  {
    name: 'the child sets of an older object replace those of the newer one',
    file: putOwners,
    piece: 'replaceChildren',
    becomes: `(schema, projection) => \`
      v_changed := v_changed || array(select id from unnest(p_rows) as incoming where source_event_at is not null);
      \${$original(schema, projection)}\``,
  },
  {
    name: 'an owner that is only named loses its children',
    file: putOwners,
    piece: 'replaceChildren',
    becomes: '(schema, projection) => `\n v_changed := p_ids; ${$original(schema, projection)}`',
  },
  {
    name: 'child sets are never written again',
    file: rowSql,
    piece: 'isDigestNew',
    becomes: "() => 'false'",
  },
  {
    name: 'the digest is trusted after a writer that knew nothing of it',
    file: rowSql,
    piece: 'isDigestUnknown',
    becomes: "'false'",
  },
  {
    name: 'applied again, child sets of the same digest are not written',
    file: rowSql,
    piece: 'isDigestNew',
    becomes: "() => ($original)().replace('p_again', 'false')",
  },
  {
    name: 'the digest holds no values of the children, only how many they are',
    file: 'apply/input-rows.ts',
    piece: 'childrenOf',
    becomes:
      "const { sets } = $original; return { sets, digest: sets.map(({ length }) => length).join('') };",
  },
  {
    name: 'the child sets of a copy are not written',
    file: rowSql,
    piece: 'fillRows',
    becomes: 'return `${$original}; v_filled := null`;',
  },
  {
    name: 'a child that two owners have belongs to the last one that was written',
    file: rowSql,
    piece: 'upsertChildren',
    becomes: `const { table, ownerColumn: owner, idColumn: id } = set;
      return \`delete from \${tableOf(schema, table)} as row using unnest(p_\${table}) as incoming
          where row.\${id} = incoming.\${id} and row.\${owner} <> incoming.\${owner} and incoming.\${owner} = any(v_changed);
        \${$original}\`;`,
  },

  // Values
  {
    name: 'seconds are read as milliseconds',
    file: 'clerk/time.ts',
    piece: 'secondsBelow',
    becomes: '-Infinity',
  },
  {
    name: 'the primary address is the first of the list',
    file: 'projections/users.ts',
    piece: 'primary',
    becomes: 'return objectsIn(user[list])[0]?.[valueKey];',
  },
  {
    name: 'an event without timestamp counts as of its delivery',
    file: 'clerk/event.ts',
    piece: 'ownTime',
    becomes: 'timeOf(envelope.timestamp)',
  },
  {
    name: 'backup codes are kept',
    file: 'clerk/redact.ts',
    piece: 'isSecret',
    becomes: "return key !== 'backup_codes' && $original;",
  },
];
