// Domains of an organization.

import { lookup, type Migration, mirroredColumns, owner } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('organization_domains', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'organization_id', schema, 'organizations');
    lookup(table, 'name');
    table.text('enrollment_mode');
    table.text('affiliation_email_address');
    table.jsonb('affiliation_verification');
    table.jsonb('ownership_verification');
    table.integer('total_pending_invitations');
    table.integer('total_pending_suggestions');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
