// What the functions that write mirrored rows need: the digest of child sets, sets keyed by their owner, and which functions are in use.

import { commentOn } from './comments/comment-on.ts';
import type { Migration } from './columns.ts';

const owners = ['users', 'organization_roles'];
const setsOfUsers = [
  'email_addresses',
  'phone_numbers',
  'web3_wallets',
  'external_accounts',
  'enterprise_accounts',
  'passkeys',
];

const presumed = [
  ['sessions', 'user_id'],
  ['organization_memberships', 'user_id'],
  ['organization_memberships', 'organization_id'],
  ['organization_invitations', 'organization_id'],
  ['organization_domains', 'organization_id'],
] as const;

export const up: Migration = async (knex, schema) => {
  const table = (name: string): string => `"${schema}".${name}`;
  for (const name of owners) {
    await knex.raw(`alter table ${table(name)} add column child_digest text,
      add column child_digest_message text, add column child_digest_is_new boolean`);
    await commentOn(knex, schema, {
      [name]: {
        columns: {
          child_digest: 'Private: digest of the child sets that were written with this row.',
          child_digest_message:
            'Private: source_message_id of the write that set child_digest. Another one than the row has: the digest does not count.',
          child_digest_is_new:
            'Private: whether the last write found other child sets than the one before. A column, because before Postgres 18 RETURNING cannot see the row that was there.',
        },
      },
    });
  }
  // An id that the objects of two users claim is in both sets: each set is exactly what its owner's newest object has.
  for (const name of setsOfUsers) {
    await knex.raw(`alter table ${table(name)} drop constraint ${name}_pkey, add primary key (user_id, id)`);
    // The key is led by the owner; its id is looked up by joins and by the operator page.
    await knex.raw(`drop index ${table(`${name}_user_id_index`)}`);
    await knex.raw(`create index ${name}_id_index on ${table(name)} (id)`);
  }
  // Empty as a rule: what an owner's return brings back.
  for (const [name, owner] of presumed)
    await knex.raw(
      `create index ${name}_presumed_${owner} on ${table(name)} (${owner}) where deleted_by = 'owner'`,
    );
  await knex.schema.withSchema(schema).createTable('put_functions', (functions) => {
    functions.text('hash').primary();
    functions.timestamp('named_at').notNullable();
  });
  await commentOn(knex, schema, {
    put_functions: {
      table:
        'Sets of functions and types that write mirrored rows: each version of clerk-mirror has its own, so that two run side by side.',
      columns: {
        hash: 'Ends the names of the functions and types of the set.',
        named_at:
          'When a process last said that it uses the set, our clock. A set not named for 30 days is dropped.',
      },
    },
  });
};
