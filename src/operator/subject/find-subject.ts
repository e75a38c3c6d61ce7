// Where an id is: the mirrored tables that have a row of it, and the owners of things inside them that have it.

import type { Connection, Statement } from '../../database/statement.ts';
import { statement } from '../../database/statement.ts';
import type { Projection } from '../../projections/projection.ts';

export interface FoundSubject {
  /** Tables with a row of this id; as a rule one. */
  readonly tables: readonly string[];
  /** What has this id inside its owner, an e-mail address for instance. */
  readonly inside: readonly InsideOwner[];
}

export interface InsideOwner {
  readonly table: string;
  readonly ownerId: string;
}

export type FindSubject = (connection: Connection, id: string) => Promise<FoundSubject>;

/** One statement, a look into an index of each table. */
export function createFindSubject(schema: string, projections: readonly Projection[]): FindSubject {
  const find = findStatement(schema, projections);
  return async (connection, id) => {
    const rows = await connection.run<{ table: string; owner_id: string | null }>(find, [id]);
    return {
      tables: rows.filter(({ owner_id }) => owner_id === null).map(({ table }) => table),
      inside: rows.flatMap(({ table, owner_id }) =>
        owner_id === null ? [] : [{ table, ownerId: owner_id }],
      ),
    };
  };
}

function findStatement(schema: string, projections: readonly Projection[]): Statement {
  const own = projections.map(
    ({ table }) =>
      `select '${table}' as "table", null as owner_id where exists (select from "${schema}".${table} where id = $1)`,
  );
  // A permission, whose column has another name, is found as a row of its own.
  const inside = projections
    .flatMap(({ childSets }) => childSets)
    .filter(({ idColumn }) => idColumn === 'id')
    .map(
      ({ table, idColumn, ownerColumn }) =>
        `select '${table}', ${ownerColumn} from "${schema}".${table} where ${idColumn} = $1 and ${ownerColumn} is not null`,
    );
  return statement([...own, ...inside].join('\nunion all '));
}
