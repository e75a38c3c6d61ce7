// Columns that many tables share, as they were when those tables were made. Change a table by a migration of its own.

import type { Knex } from 'knex';

export type Migration = (knex: Knex, schema: string) => Promise<void>;

/** What every mirrored table has besides its own columns. */
export function mirroredColumns(table: Knex.CreateTableBuilder): void {
  table.jsonb('data');
  table.timestamp('deleted_at');
  table.timestamp('erased_at');
  table.timestamp('source_updated_at');
  table.timestamp('source_event_at');
  table.text('source_message_id');
  table.timestamp('synced_at');
}

/** What a child set's table has: no version or tombstone of its own. */
export function childColumns(table: Knex.CreateTableBuilder): void {
  table.jsonb('data');
  table.timestamp('synced_at');
}

/** The locks that foreign keys to these tables need, in the order in which the intake takes them: it goes on meanwhile. */
export async function lockInOrder(knex: Knex, schema: string): Promise<void> {
  const tables = ['inbox_messages', 'users', 'organizations'].map((name) => `"${schema}".${name}`);
  await knex.raw(`lock table ${tables.join(', ')} in share row exclusive mode`);
}

/** Text to look rows up by. A hash index, because its entries hold text of any length; a btree's end at 2.7 kB. */
export function lookup(table: Knex.CreateTableBuilder, column: string): void {
  table.text(column);
  table.index([column], undefined, 'hash');
}

/** A child's reference to its owner, indexed, because deletions are looked up by it. */
export function owner(table: Knex.CreateTableBuilder, column: string, schema: string, owners: string): void {
  table.text(column).references('id').inTable(`${schema}.${owners}`);
  table.index([column]);
}
