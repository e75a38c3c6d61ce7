// MIRROR_PRIVATE_METADATA=false: what was stored before the setting was made is taken out, in small transactions.

import { createRedactBodies } from './redact-bodies.ts';
import type { Database } from '../database/database.ts';
import { describeError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { statement, type Connection, type Statement } from '../database/statement.ts';
import { projections } from '../projections/index.ts';
import type { Projection } from '../projections/projection.ts';
import { inTransaction } from '../database/transaction.ts';

/** Passes some rows behind the id `after`. -> the last id passed, null at the end, and how many rows were changed */
type Step = (connection: Connection, after: string) => Promise<{ last: string | null; changed: number }>;

const limits = { lockMs: 2000, totalMs: 30_000 };
const rowsAtOnce = 500;

export async function dropPrivateMetadata(
  database: Database,
  log: Logger,
  signal?: AbortSignal,
): Promise<void> {
  const walk = async (step: Step): Promise<number> => {
    let changed = 0;
    for (let after: string | null = ''; after !== null;) {
      const from: string = after;
      const passed = await inTransaction(database, { ...limits, ...(signal && { signal }) }, (transaction) =>
        step(transaction, from),
      );
      changed += passed.changed;
      after = passed.last;
    }
    return changed;
  };
  try {
    const bodies = await walk(createRedactBodies(database.schema, { keepPrivateMetadata: false }));
    let rows = 0;
    for (const projection of projections) {
      const drop = dropStatement(database.schema, projection);
      rows += await walk(async (connection, after) => {
        const [passed] = await connection.run<{ last: string | null; changed: number }>(drop, [
          after,
          rowsAtOnce,
        ]);
        return passed ?? { last: null, changed: 0 };
      });
    }
    if (bodies + rows > 0) log.info({ bodies, rows }, 'private metadata removed');
  } catch (error) {
    if (signal?.aborted === true) return;
    log.error(
      { reason: describeError(error) },
      'private metadata could not be removed; it is tried again at the next start',
    );
  }
}

/** `$1` the id to begin behind, `$2` how many rows to pass -> last, changed */
function dropStatement(schema: string, { table, columns }: Projection): Statement {
  const hasColumn = 'private_metadata' in columns;
  return statement(`with passed as materialized (
      select id from "${schema}".${table} where id > $1 order by id limit $2 for no key update
    ), dropped as (
      update "${schema}".${table} as row set ${hasColumn ? 'private_metadata = null, ' : ''}data = data - 'private_metadata' from passed
      where row.id = passed.id and (${hasColumn ? 'private_metadata is not null or ' : ''}data ? 'private_metadata')
      returning row.id
    )
    select max(id) as last, (select count(*)::int from dropped) as changed from passed`);
}
