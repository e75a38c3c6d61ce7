// The inbox: every message Clerk delivered, as signed.

import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('inbox_messages', (table) => {
    table.text('id').primary();
    table.text('type').notNullable();
    table.text('subject_id');
    table.text('instance_id');
    table.timestamp('occurred_at').notNullable();
    table.timestamp('received_at').notNullable();
    table.text('body');
    table.text('state').notNullable();
    table.integer('attempts').notNullable();
    table.timestamp('next_attempt_at');
    table.text('last_error');
    table.timestamp('applied_at');
  });
  const inbox = `"${schema}".inbox_messages`;
  await knex.raw(`alter table ${inbox} add constraint inbox_messages_state_check
    check (state in ('applied', 'pending', 'dead', 'unhandled', 'foreign'))`);
  // Partial: nearly every message is applied, and is looked up by id or subject only.
  await knex.raw(`create index inbox_messages_pending on ${inbox} (next_attempt_at) where state = 'pending'`);
  await knex.raw(
    `create index inbox_messages_unapplied on ${inbox} (state, received_at) where state <> 'applied'`,
  );
  await knex.raw(`create index inbox_messages_subject on ${inbox} (subject_id) where subject_id is not null`);
  await knex.raw(`create index inbox_messages_received on ${inbox} using brin (received_at)`);
};
