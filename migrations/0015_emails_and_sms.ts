// E-mails and text messages: that they were sent, never what they said.

import { mirroredColumns, owner, type Migration } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('emails', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'user_id', schema, 'users');
    table.text('slug');
    table.text('from_email_name');
    table.text('reply_to_email_name');
    table.text('to_email_address');
    table.text('email_address_id');
    table.text('status');
    table.boolean('delivered_by_clerk');
    mirroredColumns(table);
  });
  await knex.schema.withSchema(schema).createTable('sms_messages', (table) => {
    table.text('id').primary();
    table.text('object');
    owner(table, 'user_id', schema, 'users');
    table.text('slug');
    table.text('from_phone_number');
    table.text('to_phone_number');
    table.text('phone_number_id');
    table.text('status');
    table.boolean('delivered_by_clerk');
    table.timestamp('created_at');
    mirroredColumns(table);
  });
};
