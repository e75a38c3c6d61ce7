// The database of a command that works on a mirror which is there already.

import type { Config } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import { pendingMigrations } from '../database/migrate.ts';
import { findDatabase, type OpenDatabase } from '../database/open-database.ts';

/** Errors: `database-not-migrated`, `schema-newer`, and those of opening it. */
export async function withMigratedDatabase(
  config: Config,
  work: (database: OpenDatabase) => Promise<void>,
): Promise<void> {
  const database = await findDatabase(config);
  try {
    if ((await pendingMigrations(database)).length > 0) throw notMigrated(database.schema);
    await work(database);
  } finally {
    await database.close();
  }
}

function notMigrated(schema: string): MirrorError {
  return new MirrorError(
    'database-not-migrated',
    `The schema "${schema}" is not up to date.`,
    'Start the service, or run `clerk-mirror migrate`.',
  );
}
