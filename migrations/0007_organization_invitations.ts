// Invitations to an organization.

import { lookup, type Migration, mirroredColumns, owner } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('organization_invitations', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'organization_id', schema, 'organizations');
    lookup(table, 'email_address');
    table.text('role');
    table.text('role_name');
    table.text('status');
    table.text('inviter_id');
    table.jsonb('public_metadata');
    table.jsonb('private_metadata');
    table.timestamp('expires_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
