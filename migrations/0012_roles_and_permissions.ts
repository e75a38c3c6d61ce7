// Roles of organizations, permissions, and which role has which.

import { childColumns, lockInOrder, mirroredColumns, owner, type Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  // Later migrations of the same upgrade reference live tables.
  await lockInOrder(knex, schema);
  await knex.schema.withSchema(schema).createTable('organization_permissions', (table) => {
    table.text('id').primary();
    table.text('object');
    table.text('name');
    table.text('key');
    table.text('description');
    table.text('type');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
  await knex.schema.withSchema(schema).createTable('organization_roles', (table) => {
    table.text('id').primary();
    table.text('object');
    table.text('name');
    table.text('key');
    table.text('description');
    table.boolean('is_creator_eligible');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
  await knex.schema.withSchema(schema).createTable('organization_role_permissions', (table) => {
    // Led by the role, so that a role's set is looked up by the primary key.
    table.text('role_id').references('id').inTable(`${schema}.organization_roles`);
    owner(table, 'permission_id', schema, 'organization_permissions');
    table.text('object');
    table.text('name');
    table.text('key');
    table.text('description');
    table.text('type');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    childColumns(table);
    table.primary(['role_id', 'permission_id']);
  });
};
