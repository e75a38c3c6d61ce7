// The sets inside a user: addresses, numbers, wallets, accounts, passkeys.

import type { Knex } from 'knex';
import { childColumns, lookup, type Migration, owner } from './columns.ts';

const tables: Readonly<Record<string, (table: Knex.CreateTableBuilder) => void>> = {
  email_addresses: (table) => {
    lookup(table, 'email_address');
    table.boolean('reserved');
    table.jsonb('verification');
    table.boolean('matches_sso_connection');
    table.timestamp('created_at');
    table.timestamp('updated_at');
  },
  phone_numbers: (table) => {
    lookup(table, 'phone_number');
    table.boolean('reserved_for_second_factor');
    table.boolean('default_second_factor');
    table.boolean('reserved');
    table.jsonb('verification');
    table.timestamp('created_at');
    table.timestamp('updated_at');
  },
  web3_wallets: (table) => {
    table.text('web3_wallet');
    table.jsonb('verification');
    table.timestamp('created_at');
    table.timestamp('updated_at');
  },
  external_accounts: (table) => {
    table.text('external_account_id');
    table.text('identification_id');
    table.text('provider');
    table.text('provider_user_id');
    table.text('approved_scopes');
    table.text('email_address');
    table.boolean('email_address_verified');
    table.text('first_name');
    table.text('last_name');
    table.text('image_url');
    table.text('username');
    table.text('phone_number');
    table.jsonb('public_metadata');
    table.text('label');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    table.jsonb('verification');
  },
  enterprise_accounts: (table) => {
    table.text('protocol');
    table.text('provider');
    table.boolean('active');
    table.text('email_address');
    table.text('first_name');
    table.text('last_name');
    table.text('provider_user_id');
    table.text('enterprise_connection_id');
    table.jsonb('public_metadata');
    table.jsonb('verification');
    table.timestamp('last_authenticated_at');
  },
  passkeys: (table) => {
    table.text('name');
    table.timestamp('last_used_at');
    table.jsonb('verification');
  },
};

export const up: Migration = async (knex, schema) => {
  for (const [name, columns] of Object.entries(tables)) {
    await knex.schema.withSchema(schema).createTable(name, (table) => {
      table.text('id').primary();
      owner(table, 'user_id', schema, 'users');
      table.text('object');
      columns(table);
      childColumns(table);
    });
  }
};
