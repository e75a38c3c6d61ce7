// Metadata, verifications and the objects of the newer tables are compressed as `data` is: by lz4 where this Postgres has it.

import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  const found = await knex.raw<{ rows: { has: boolean }[] }>(
    `select 'lz4' = any(enumvals) as has from pg_catalog.pg_settings where name = 'default_toast_compression'`,
  );
  if (found.rows[0]?.has !== true) return;
  const columns = await knex.raw<{ rows: { table: string; column: string }[] }>(
    `select relname as table, attname as column from pg_catalog.pg_attribute
     join pg_catalog.pg_class on pg_class.oid = attrelid and relkind = 'r' and relnamespace = ?::regnamespace
     where atttypid = 'jsonb'::regtype and attnum > 0 and not attisdropped and attcompression <> 'l' order by 1, 2`,
    [`"${schema}"`],
  );
  for (const { table, column } of columns.rows)
    await knex.raw('alter table ??.?? alter column ?? set compression lz4', [schema, table, column]);
};
