// put_<table> for a table whose rows others name: users, organizations, roles. Its SQL, and the code that fills its parameters.

import type { BinaryWriter } from '../database/binary-writer.ts';
import type { Projection } from '../projections/projection.ts';
import type { Change } from './changes.ts';
import {
  childrenOf,
  createChildWriter,
  createRowWriter,
  type Child,
  type InputObject,
} from './input-rows.ts';
import type { PutFunction } from './put-function.ts';
import {
  deleteChildren,
  fillRows,
  hasNoOwnObject,
  insertTombstones,
  lockRows,
  reviveRows,
  tableOf,
  upsertChildren,
  upsertRows,
} from './row-sql.ts';

/**
 * Parameters:
 * - p_rows: own objects, newest of each id, and bare rows for all other ids; null when there is no own object
 * - p_ids: every id, all are locked
 * - p_copies: embedded copies of objects that have no own one in p_rows
 * - p_deleted_ids, p_deleted_at, p_deleted_by: deletions; `by` is null for an event's, 'reconcile' for a presumed one
 * - p_shown_ids, p_shown_at: rows that the API showed, and when
 * - p_again: writes a row of the same version again
 * - p_<child set>: the children of all objects in p_rows and p_copies
 */
export function putOwners(schema: string, projection: Projection): PutFunction {
  const { table: name, childSets } = projection;
  const table = tableOf(schema, name);
  const hasChildren = childSets.length > 0;
  return {
    parameters: (rowType, childType) => [
      `p_rows ${rowType}[]`,
      'p_ids text[]',
      `p_copies ${rowType}[]`,
      'p_deleted_ids text[]',
      'p_deleted_at timestamptz[]',
      'p_deleted_by text[]',
      'p_shown_ids text[]',
      'p_shown_at timestamptz[]',
      'p_again boolean',
      ...childSets.map((set) => `p_${set.table} ${childType(set)}[]`),
    ],
    declare: `v_written bigint := 0; v_revived text[]; v_changed text[]; v_new text[]; v_known text[];
  v_unreached text[]; v_erased text[]; v_filled text[];`,
    body: (forgetBodies) => `
  if p_rows is null then
    ${lockRows(table)};
  else
    loop
      ${hasChildren ? upsertWithChildren(table, projection) : `${upsertRows(table, projection)};\n      get diagnostics v_written = row_count;`}
      exit when p_shown_ids is null or v_revived is not null;
      ${reviveRows(table)};
      exit when v_revived is null;
    end loop;
  end if;
  if p_deleted_ids is not null then
    ${insertTombstones(table, 'p_deleted_ids', 'unnest(p_deleted_ids, p_deleted_at, p_deleted_by)')};
  end if;
  -- Every row that was written has an object of its own, and is not erased.
  if p_copies is not null or v_written < cardinality(p_ids) then
    select array_agg(id) filter (where erased_at is null), array_agg(id) filter (where erased_at is not null)
      into v_unreached, v_erased
      from ${table} as row where id = any(p_ids) and (erased_at is not null or ${hasNoOwnObject('row')});
  end if;
  if p_copies is not null and v_unreached is not null then
    ${fillRows(table, projection)};
    v_changed := v_changed || v_filled;
  end if;${hasChildren ? replaceChildren(schema, projection) : ''}
  if v_erased is not null then
    perform ${forgetBodies}(v_erased);
  end if;`,

    call: createCall(projection),
  };
}

/** A row that was inserted just now (xmax is 0) has no children to look for. */
const upsertWithChildren = (table: string, projection: Projection): string => `with written as (
        ${upsertRows(table, projection)}
        returning row.id, row.child_digest_is_new as is_changed, row.xmax = 0 as is_new
      ) select v_changed || array_agg(id) filter (where is_changed), v_new || array_agg(id) filter (where is_new), count(*)
        into v_changed, v_new, v_written from written;`;

/** The sets of owners that were written with other ones than their row had before. */
const replaceChildren = (schema: string, { childSets }: Projection): string => `
  if v_changed is not null then
    v_known := nullif(array(select unnest(v_changed) except select unnest(v_new)), '{}');
    ${childSets
      .map(
        (set) => `if v_known is not null then
      ${deleteChildren(schema, set)};
    end if;
    if p_${set.table} is not null then
      ${upsertChildren(schema, set)};
    end if;`,
      )
      .join('\n    ')}
  end if;`;

function createCall(projection: Projection): PutFunction['call'] {
  const writeRow = createRowWriter(projection);
  const { childSets } = projection;
  const writeChild = childSets.map(createChildWriter);
  return (writer, { rows, again }, types) => {
    const children: Child[][] = childSets.map(() => []);
    const write = (id: string, object: InputObject | undefined, kind: 'own' | 'copy'): void => {
      const { sets, digest } =
        object === undefined || childSets.length === 0
          ? { sets: [], digest: '' }
          : childrenOf(childSets, id, object.object);
      for (const [index, set] of sets.entries()) children[index]?.push(...set);
      writeRow(writer, id, object, kind, digest);
    };
    const copies = rows.filter(({ copy, own }) => copy !== undefined && own === undefined);
    return [
      rows.some(({ own }) => own !== undefined)
        ? writer.array(types.row, rows, ({ id, own }) => {
            write(id, own, 'own');
          })
        : null,
      writer.texts(rows.map(({ id }) => id)),
      copies.length === 0
        ? null
        : writer.array(types.row, copies, ({ id, copy }) => {
            write(id, copy, 'copy');
          }),
      ...deletionArrays(writer, rows),
      ...shownArrays(writer, rows),
      String(again),
      ...types.children.map((oid, index) => {
        const set = children[index] ?? [];
        if (set.length === 0) return null;
        return writer.array(oid, set, (child) => {
          writeChild[index]?.(writer, child);
        });
      }),
    ];
  };
}

/** p_deleted_ids, p_deleted_at, p_deleted_by */
export function deletionArrays(writer: BinaryWriter, rows: readonly Change[]): (Buffer | null)[] {
  const deletions = rows.flatMap(({ id, deletedAt, goneAt }) => [
    ...(deletedAt === undefined ? [] : [{ id, at: deletedAt, by: null }]),
    ...(goneAt === undefined ? [] : [{ id, at: goneAt, by: 'reconcile' }]),
  ]);
  if (deletions.length === 0) return [null, null, null];
  return [
    writer.texts(deletions.map(({ id }) => id)),
    writer.times(deletions.map(({ at }) => at)),
    writer.texts(deletions.map(({ by }) => by)),
  ];
}

/** p_shown_ids, p_shown_at */
export function shownArrays(writer: BinaryWriter, rows: readonly Change[]): (Buffer | null)[] {
  const shown = rows.flatMap(({ id, seenAt }) => (seenAt === undefined ? [] : [{ id, at: seenAt }]));
  if (shown.length === 0) return [null, null];
  return [writer.texts(shown.map(({ id }) => id)), writer.times(shown.map(({ at }) => at))];
}
