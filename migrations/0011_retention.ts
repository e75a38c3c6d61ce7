// What prune looks for: delivered bodies by age, delivered messages without body by age, deleted rows that are not erased yet.

import type { Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  const inbox = `"${schema}".inbox_messages`;
  const delivered = `state in ('applied', 'unhandled')`;
  // Each message is in one of the two. A range index could tell old from new, but not where the last batch ended.
  await knex.raw(`drop index if exists "${schema}".inbox_messages_received`);
  await knex.raw(`create index if not exists inbox_messages_bodies on ${inbox} (received_at)
    where body is not null and ${delivered}`);
  await knex.raw(`create index if not exists inbox_messages_bodiless on ${inbox} (received_at)
    where body is null and ${delivered}`);
  for (const table of ['users', 'organizations'])
    await knex.raw(`create index if not exists ${table}_due_for_erasure on "${schema}".${table} (deleted_at)
      where deleted_at is not null and erased_at is null`);
};
