// Brings the schema up to the code: one transaction under one lock, so that a killed process leaves nothing behind.

import type { Knex } from 'knex';
import { migrations } from '../../migrations/index.ts';
import type { Database } from './database.ts';
import { classifyFailure } from './failures.ts';
import { describeError, MirrorError } from '../platform/errors.ts';
import { statement, unprepared, type Statement } from './statement.ts';

export const migrationsTable = 'migrations';

/** Knex's own loader keeps file names with their ending, and then finds compiled files "missing". */
export function migrationConfig(schema: string): Knex.MigratorConfig {
  return {
    schemaName: schema,
    tableName: migrationsTable,
    migrationSource: {
      getMigrations: () => Promise.resolve([...migrations.keys()]),
      getMigrationName: (name: string) => name,
      getMigration: (name: string) => {
        const up = migrations.get(name);
        if (up === undefined) throw new Error(`unknown migration ${name}`);
        return Promise.resolve({
          up: (knex: Knex) => up(knex, schema),
          down: () => Promise.reject(new Error('there is no way back: restore a backup instead')),
        });
      },
    } satisfies Knex.MigrationSource<string>,
  };
}

/** Asks a migrated database which migrations it has. Fails with 42P01 where there is no such table. */
export const readMigrations = (schema: string): Statement =>
  statement(`select name from "${schema}".${migrationsTable}`);

export function isMigrated(applied: readonly { readonly name: string }[]): boolean {
  const names = new Set(applied.map(({ name }) => name));
  // A newer schema is no reason to refuse: while replicas are replaced, the old ones go on.
  return [...migrations.keys()].every((name) => names.has(name));
}

/** The names that are not applied yet. Errors: `schema-newer` when the database knows migrations that this code does not. */
export async function pendingMigrations({
  knex,
  schema,
}: Pick<Database, 'knex' | 'schema'>): Promise<string[]> {
  const applied = await appliedMigrations(knex, schema);
  const unknown = applied.filter((name) => !migrations.has(name));
  if (unknown.length > 0) {
    throw new MirrorError(
      'schema-newer',
      `The schema "${schema}" is newer than this version of clerk-mirror: it has ${unknown.join(', ')}.`,
      'Start the newer version again, or restore the backup made before the upgrade.',
    );
  }
  return [...migrations.keys()].filter((name) => !applied.includes(name));
}

async function appliedMigrations(knex: Knex, schema: string): Promise<string[]> {
  const found = await knex.raw<{ rows: { there: boolean }[] }>('select to_regclass(?) is not null as there', [
    `"${schema}".${migrationsTable}`,
  ]);
  if (found.rows[0]?.there !== true) return [];
  return knex.withSchema(schema).from<{ name: string }>(migrationsTable).orderBy('id').pluck('name');
}

/**
 * Applies what is missing; many replicas may call it at once. Returns the names applied by this call.
 * Errors: `schema-newer`, `migration-failed`; nothing is half-done after either.
 */
export async function migrate(database: Pick<Database, 'knex' | 'schema'>): Promise<string[]> {
  const { knex, schema } = database;
  if ((await pendingMigrations(database)).length === 0) return [];
  try {
    return await knex.transaction(async (trx) => {
      await trx.raw(lockSchema(schema).text);
      if ((await pendingMigrations({ knex: trx, schema })).length === 0) return [];
      // "create schema if not exists" fails for a role that may not create schemas, even when it is there.
      const found = await trx('pg_catalog.pg_namespace').where('nspname', schema).pluck('nspname');
      if (found.length === 0) await trx.raw('create schema ??', [schema]);
      // Knex's own lock may be left by its command line; ours is held, so nobody else is at work.
      if (await trx.schema.withSchema(schema).hasTable(`${migrationsTable}_lock`))
        await trx.withSchema(schema).table(`${migrationsTable}_lock`).update({ is_locked: 0 });
      const latest = (await trx.migrate.latest(migrationConfig(schema))) as [number, string[]];
      return latest[1];
    });
  } catch (error) {
    if (error instanceof MirrorError || classifyFailure(error) === 'away') throw error;
    throw new MirrorError(
      'migration-failed',
      `The schema "${schema}" could not be brought up to date: ${describeError(error)}.`,
      mendFor(error, schema),
      error,
    );
  }
}

/** Whoever changes the schema holds this lock. Transaction-level, so that it works through PgBouncer and ends with its process. */
export function lockSchema(schema: string): Statement {
  const name = `clerk-mirror migrations ${schema}`.replaceAll("'", "''");
  return unprepared(`select pg_advisory_xact_lock(hashtextextended('${name}', 0))`);
}

function mendFor(error: unknown, schema: string): string {
  return describeError(error).includes('42501')
    ? `The role in DATABASE_URL needs CREATE on the database, or a schema "${schema}" that it owns.`
    : 'Nothing was changed. Run `clerk-mirror migrate` with LOG_LEVEL=debug and report what it says.';
}
