// Billing: what somebody pays for, and each attempt to pay.

import type { Knex } from 'knex';
import { mirroredColumns, owner, type Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('subscriptions', (table) => {
    table.text('id').primary();
    table.text('object');
    payer(table, schema);
    table.text('status');
    table.timestamp('active_at');
    table.timestamp('past_due_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
  await knex.schema.withSchema(schema).createTable('subscription_items', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'subscription_id', schema, 'subscriptions');
    payer(table, schema);
    table.text('plan_id');
    table.text('status');
    table.text('interval');
    table.boolean('is_free_trial');
    table.timestamp('period_start');
    table.timestamp('period_end');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
  await knex.schema.withSchema(schema).createTable('payment_attempts', (table) => {
    table.text('id').primary();
    table.text('object');
    payer(table, schema);
    table.text('payment_id');
    table.text('instance_id');
    table.text('statement_id');
    table.text('gateway_external_id');
    table.text('charge_type');
    table.text('status');
    table.jsonb('subscription_items');
    table.timestamp('paid_at');
    table.timestamp('failed_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};

/** A user or an organization pays. */
function payer(table: Knex.CreateTableBuilder, schema: string): void {
  owner(table, 'user_id', schema, 'users');
  owner(table, 'organization_id', schema, 'organizations');
  table.text('payer_id');
}
