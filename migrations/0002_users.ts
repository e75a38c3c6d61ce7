// Users.

import { lookup, type Migration, mirroredColumns } from './columns.ts';

export const up: Migration = async (knex, schema) => {
  await knex.schema.withSchema(schema).createTable('users', (table) => {
    table.text('id').primary();
    table.text('object');
    lookup(table, 'external_id');
    table.text('username');
    table.text('first_name');
    table.text('last_name');
    table.text('locale');
    table.text('image_url');
    table.boolean('has_image');
    table.text('primary_email_address_id');
    lookup(table, 'primary_email_address');
    table.text('primary_phone_number_id');
    table.text('primary_phone_number');
    table.text('primary_web3_wallet_id');
    table.jsonb('public_metadata');
    table.jsonb('private_metadata');
    table.jsonb('unsafe_metadata');
    table.boolean('password_enabled');
    table.timestamp('password_last_updated_at');
    table.boolean('two_factor_enabled');
    table.boolean('totp_enabled');
    table.boolean('backup_code_enabled');
    table.timestamp('mfa_enabled_at');
    table.timestamp('mfa_disabled_at');
    table.boolean('banned');
    table.boolean('locked');
    table.boolean('deprovisioned');
    table.integer('lockout_expires_in_seconds');
    table.integer('verification_attempts_remaining');
    table.boolean('delete_self_enabled');
    table.boolean('create_organization_enabled');
    table.integer('create_organizations_limit');
    table.boolean('bypass_client_trust');
    table.timestamp('legal_accepted_at');
    table.timestamp('last_sign_in_at');
    table.timestamp('last_active_at');
    table.timestamp('created_at');
    table.timestamp('updated_at');
    mirroredColumns(table);
  });
};
