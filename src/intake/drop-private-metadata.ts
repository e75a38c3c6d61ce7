// MIRROR_PRIVATE_METADATA=false: what was stored before the setting was made is taken out, in small transactions.

import { createRedactBodies } from '../inbox/redact-bodies.ts';
import type { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { mirrorStatements } from '../projections/guarded-upsert.ts';
import { projections } from '../projections/index.ts';
import { inTransaction } from './transaction.ts';

const limits = { lockMs: 2000, totalMs: 30_000 };
const rowsAtOnce = 500;

export async function dropPrivateMetadata(database: Database, log: Logger): Promise<void> {
  const { schema } = database;
  let bodies = 0;
  let rows = 0;
  try {
    const redactBodies = createRedactBodies(schema, { keepPrivateMetadata: false });
    for (let after = ''; ;) {
      const step = await inTransaction(database, limits, (connection) => redactBodies(connection, after));
      if (step === undefined) break;
      after = step.last;
      bodies += step.changed;
    }
    for (const projection of projections) {
      const drop = mirrorStatements(schema, projection).dropPrivateMetadata;
      for (let dropped = rowsAtOnce; dropped === rowsAtOnce; rows += dropped) {
        const ids = await inTransaction(database, limits, (connection) => connection.run(drop, [rowsAtOnce]));
        dropped = ids.length;
      }
    }
    if (bodies + rows > 0) log.info({ bodies, rows }, 'private metadata removed');
  } catch (error) {
    log.error({ err: error }, 'private metadata could not be removed; it is tried again at the next start');
  }
}
