// What prune and replay look for: messages with a body by age, messages without, deleted rows that are not erased yet.

import type { Migration } from './columns.ts';

const owned = [
  ['sessions', 'user_id'],
  ['organization_memberships', 'user_id'],
  ['organization_memberships', 'organization_id'],
  ['organization_invitations', 'organization_id'],
  ['organization_domains', 'organization_id'],
] as const;

export const up: Migration = async (knex, schema) => {
  const table = (name: string): string => `"${schema}".${name}`;
  // Each message is in one of the two. A range index could tell old from new, but not where the last batch ended.
  await knex.raw(`drop index ${table('inbox_messages_received')}`);
  await knex.raw(`create index inbox_messages_bodies on ${table('inbox_messages')} (received_at, id)
    where body is not null`);
  await knex.raw(`create index inbox_messages_bodiless on ${table('inbox_messages')} (received_at)
    where body is null`);
  // Live rows are in none of these.
  for (const name of ['users', 'organizations'])
    await knex.raw(`create index ${name}_due_for_erasure on ${table(name)} (deleted_at, id)
      where deleted_at is not null and erased_at is null`);
  for (const [name, owner] of owned)
    await knex.raw(`create index ${name}_deleted_${owner} on ${table(name)} (${owner}, id)
      where deleted_at is not null and erased_at is null`);
};
