// Invitations to the application, and its waitlist.

import { lookup, mirroredColumns, owner, type Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('invitations', (table) => {
    table.text('id').primary();
    table.text('object');
    lookup(table, 'email_address');
    table.boolean('revoked');
    table.text('status');
    table.jsonb('public_metadata');
    table.timestamp('expires_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
  await knex.schema.withSchema(schema).createTable('waitlist_entries', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'invitation_id', schema, 'invitations');
    lookup(table, 'email_address');
    table.text('status');
    table.boolean('is_locked');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
