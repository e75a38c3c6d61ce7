// The database this process uses: the one it was given, or the embedded one.

import { join, resolve } from 'node:path';
import type { Config } from '../platform/config.ts';
import { createDatabase, type Database } from './database.ts';
import { unreachable } from './failures.ts';
import { findEmbeddedPostgres, openEmbeddedPostgres } from './embedded-postgres/index.ts';
import { MirrorError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';

/** Where a service without DATABASE_URL keeps its data: in the folder it is started from. */
export const embeddedHome = (): string => resolve('.clerk-mirror');

export interface OpenDatabase extends Database {
  /** Holds a password: for settings and for the one who asks, never for a log. */
  readonly url: string;
}

/** Errors: `database-unreachable`, `database-refused`, and those of the embedded server. */
export async function openDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined)
    return connect(config, config.databaseUrl.reveal(), () => Promise.resolve());
  const embedded = await openEmbeddedPostgres({ home: embeddedHome(), log });
  return connect(config, embedded.url, () => embedded.stop());
}

/** For commands that only look: the embedded database must be running already. */
export async function findDatabase(config: Config): Promise<OpenDatabase> {
  const url = config.databaseUrl?.reveal() ?? (await findEmbeddedPostgres(embeddedHome()));
  if (url !== undefined) return connect(config, url, () => Promise.resolve());
  throw new MirrorError(
    'database-unreachable',
    `No database: DATABASE_URL is not set, and no embedded Postgres runs for ${join(embeddedHome(), '/')}.`,
    'Start the service with `npm start` in this folder, or set DATABASE_URL.',
  );
}

async function connect(config: Config, url: string, after: () => Promise<void>): Promise<OpenDatabase> {
  const database = createDatabase({ url, schema: config.databaseSchema, poolMax: config.databasePoolMax });
  const close = async (): Promise<void> => {
    await database.close();
    await after();
  };
  try {
    await database.knex.raw('select 1');
  } catch (error) {
    await close();
    throw unreachable(error, url);
  }
  return { ...database, url, close };
}
