// put_<table> for a table that no object names: sessions, memberships, messages. Its rows follow their owners' deletion and erasure.
// Its SQL, and the code that fills its parameters.

import type { Projection } from '../projections/projection.ts';
import { ownersThatErase } from '../projections/projection.ts';
import { createRowWriter } from './input-rows.ts';
import type { PutFunction } from './put-function.ts';
import { deletionArrays, shownArrays } from './put-owners.ts';
import {
  cascadeDeletions,
  cascadingOwners,
  earliestDeletions,
  insertErased,
  insertTombstones,
  reviveOwned,
  reviveRows,
  tableOf,
  upsertRows,
} from './row-sql.ts';

/** The owners that a row follows which comes after their deletion or erasure. */
const followedOwners = ownersThatErase;

/**
 * Parameters:
 * - p_rows: own objects, newest of each id, and bare rows where only a deletion is known; null when there are none
 * - p_ids: their ids
 * - p_deleted_ids, p_deleted_at, p_deleted_by: deletions; `by` is null for an event's, 'reconcile' for a presumed one
 * - p_shown_ids, p_shown_at: rows that the API showed, and when
 * - p_again: writes a row of the same version again
 * - p_deleted_owners: owners that the batch deletes
 * - p_shown_owners: owners that the API showed
 */
export function putOwned(schema: string, projection: Projection): PutFunction {
  const table = tableOf(schema, projection.table);
  const owners = followedOwners(projection);
  const hasCascade = cascadingOwners(projection).length > 0;
  return {
    parameters: (rowType) => [
      `p_rows ${rowType}[]`,
      'p_ids text[]',
      'p_deleted_ids text[]',
      'p_deleted_at timestamptz[]',
      'p_deleted_by text[]',
      'p_shown_ids text[]',
      'p_shown_at timestamptz[]',
      'p_again boolean',
      'p_deleted_owners text[]',
      'p_shown_owners text[]',
    ],
    declare: `v_written bigint := 0; v_revived text[]; v_erased text[];
  ${owners.map((_owner, index) => `v_deleted_owners_${index} text[]; v_erased_owners_${index} text[];`).join(' ')}`,
    body: (forgetBodies) => `
  if p_rows is not null then
    ${readOwners(schema, projection)}
    loop
      ${upsertRows(table, projection, `not (${isOwnerErased(projection)})`)};
      get diagnostics v_written = row_count;
      exit when p_shown_ids is null or v_revived is not null;
      ${reviveRows(table, shownOfLivingOwners(projection))};
      exit when v_revived is null;
    end loop;
    ${
      owners.length === 0
        ? ''
        : `if ${owners.map((_owner, index) => `v_erased_owners_${index} is not null`).join(' or ')} then
      ${insertErased(table, projection, isOwnerErased(projection))};
    end if;`
    }
    if ${['p_deleted_ids is not null', ...owners.map((_owner, index) => `v_deleted_owners_${index} is not null`)].join(' or ')} then
      ${insertTombstones(table, 'p_ids', earliestDeletions(deletionsOf(schema, projection)))};
    end if;
    -- Every row that was written is not erased.
    if v_written < cardinality(p_ids) then
      select array_agg(id) into v_erased from ${table} where id = any(p_ids) and erased_at is not null;
    end if;
  end if;${
    hasCascade
      ? `
  if p_deleted_owners is not null then
    ${cascadeDeletions(schema, table, projection)};
  end if;
  if p_shown_owners is not null then
    ${reviveOwned(schema, table, projection)};
  end if;`
      : ''
  }
  if v_erased is not null then
    perform ${forgetBodies}(v_erased);
  end if;`,

    call: createCall(projection),
  };
}

/** Which owners are deleted and which erased, after their locks are held: their own functions ran before this one. */
const readOwners = (schema: string, projection: Projection): string =>
  followedOwners(projection)
    .map(
      (
        { table, column },
        index,
      ) => `select array_agg(id) filter (where deleted_at is not null), array_agg(id) filter (where erased_at is not null)
      into v_deleted_owners_${index}, v_erased_owners_${index}
      from ${tableOf(schema, table)} where id = any(array(select ${column} from unnest(p_rows))) and (deleted_at is not null or erased_at is not null);`,
    )
    .join('\n    ');

function isOwnerErased(projection: Projection): string {
  const conditions = followedOwners(projection).map(
    ({ column }, index) => `coalesce(incoming.${column} = any(v_erased_owners_${index}), false)`,
  );
  return conditions.length === 0 ? 'false' : conditions.join(' or ');
}

/** What belongs to an erased owner stays erased, whatever the API shows. */
const shownOfLivingOwners = (projection: Projection): string => `(
        select shown.id, shown.at from unnest(p_shown_ids, p_shown_at) as shown(id, at)
        join unnest(p_rows) as incoming on incoming.id = shown.id where not (${isOwnerErased(projection)})
      ) as shown`;

/** Its own deletion, and those of owners that it is deleted with. */
function deletionsOf(schema: string, projection: Projection): string[] {
  const inherited = followedOwners(projection).flatMap(({ table, column, whenDeleted }, index) =>
    whenDeleted === 'deleted'
      ? [
          `select incoming.id, owner.deleted_at, case when owner.deleted_by is not null then 'owner' end
          from unnest(p_rows) as incoming join ${tableOf(schema, table)} as owner on owner.id = incoming.${column}
          where owner.id = any(v_deleted_owners_${index}) and owner.deleted_at is not null`,
        ]
      : [],
  );
  return ['select * from unnest(p_deleted_ids, p_deleted_at, p_deleted_by)', ...inherited];
}

function createCall(projection: Projection): PutFunction['call'] {
  const writeRow = createRowWriter(projection);
  return (writer, { rows, again, deletedOwners, shownOwners }, types) => [
    rows.length === 0
      ? null
      : writer.array(types.row, rows, ({ id, own }) => {
          writeRow(writer, id, own, 'own', '');
        }),
    rows.length === 0 ? null : writer.texts(rows.map(({ id }) => id)),
    ...deletionArrays(writer, rows),
    ...shownArrays(writer, rows),
    String(again),
    deletedOwners.length === 0 ? null : writer.texts(deletedOwners),
    shownOwners.length === 0 ? null : writer.texts(shownOwners),
  ];
}
