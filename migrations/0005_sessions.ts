// Sessions.

import { mirroredColumns, owner, type Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('sessions', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'user_id', schema, 'users');
    table.text('client_id');
    table.text('status');
    table.text('last_active_organization_id');
    table.timestamp('last_active_at');
    table.timestamp('expire_at');
    table.timestamp('abandon_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
