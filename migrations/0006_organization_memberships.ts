// Memberships: one user in one organization.

import { mirroredColumns, owner, type Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('organization_memberships', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'organization_id', schema, 'organizations');
    owner(table, 'user_id', schema, 'users');
    table.text('role');
    table.text('role_name');
    table.jsonb('public_metadata');
    table.jsonb('private_metadata');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
