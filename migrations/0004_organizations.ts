// Organizations.

import { lookup, type Migration, mirroredColumns } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('organizations', (table) => {
    table.text('id').primary();
    table.text('object');
    table.text('name');
    lookup(table, 'slug');
    table.text('image_url');
    table.boolean('has_image');
    table.integer('members_count');
    table.boolean('missing_member_with_elevated_permissions');
    table.integer('pending_invitations_count');
    table.integer('max_allowed_memberships');
    table.boolean('admin_delete_enabled');
    table.text('role_set_key');
    table.jsonb('public_metadata');
    table.jsonb('private_metadata');
    table.text('created_by');
    table.timestamp('last_active_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
