// The columns that the contract promises for each table, by how they are kept: as Clerk sent them, as a time, as jsonb.

export interface Columns {
  readonly plain: readonly string[];
  readonly times: readonly string[];
  readonly json: readonly string[];
  /** What a row is known by, where that is not `id`. */
  readonly key: readonly string[];
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

const columns = (plain: string, times: string, json = '', key = 'id'): Columns => ({
  plain: words(plain),
  times: words(times),
  json: words(json),
  key: words(key),
});

/** A user's set: known by its owner and id together. */
const inUser = (plain: string, times: string, json: string): Columns =>
  columns(plain, times, json, 'user_id id');

export const expectedColumns = {
  users: columns(
    'object external_id primary_email_address_id primary_phone_number_id primary_web3_wallet_id username first_name ' +
      'last_name locale image_url has_image password_enabled two_factor_enabled totp_enabled backup_code_enabled banned ' +
      'locked deprovisioned lockout_expires_in_seconds verification_attempts_remaining delete_self_enabled ' +
      'create_organization_enabled create_organizations_limit bypass_client_trust',
    'mfa_enabled_at mfa_disabled_at password_last_updated_at last_sign_in_at updated_at created_at last_active_at ' +
      'legal_accepted_at',
    'public_metadata private_metadata unsafe_metadata',
  ),
  email_addresses: inUser(
    'object email_address reserved matches_sso_connection',
    'created_at updated_at',
    'verification',
  ),
  phone_numbers: inUser(
    'object phone_number reserved_for_second_factor default_second_factor reserved',
    'created_at updated_at',
    'verification',
  ),
  web3_wallets: inUser('object web3_wallet', 'created_at updated_at', 'verification'),
  external_accounts: inUser(
    'object provider identification_id external_account_id provider_user_id approved_scopes email_address ' +
      'email_address_verified first_name last_name image_url username phone_number label',
    'created_at updated_at',
    'public_metadata verification',
  ),
  enterprise_accounts: inUser(
    'object protocol provider active email_address first_name last_name provider_user_id enterprise_connection_id',
    'last_authenticated_at',
    'public_metadata verification',
  ),
  passkeys: inUser('object name', 'last_used_at', 'verification'),
  sessions: columns(
    'object user_id client_id status last_active_organization_id',
    'last_active_at expire_at abandon_at updated_at created_at',
  ),
  organizations: columns(
    'object name slug image_url has_image members_count missing_member_with_elevated_permissions ' +
      'pending_invitations_count max_allowed_memberships admin_delete_enabled created_by role_set_key',
    'created_at updated_at last_active_at',
    'public_metadata private_metadata',
  ),
  organization_memberships: columns(
    'object role role_name',
    'created_at updated_at',
    'public_metadata private_metadata',
  ),
  organization_invitations: columns(
    'object email_address role role_name organization_id inviter_id status',
    'expires_at created_at updated_at',
    'public_metadata private_metadata',
  ),
  organization_domains: columns(
    'object organization_id name enrollment_mode affiliation_email_address total_pending_invitations ' +
      'total_pending_suggestions',
    'created_at updated_at',
    'affiliation_verification ownership_verification',
  ),
  organization_permissions: columns('object name key description type', 'created_at updated_at'),
  organization_roles: columns('object name key description is_creator_eligible', 'created_at updated_at'),
  organization_role_permissions: columns(
    'object name key description type',
    'created_at updated_at',
    '',
    'role_id permission_id',
  ),
  invitations: columns(
    'object email_address revoked status',
    'expires_at created_at updated_at',
    'public_metadata',
  ),
  waitlist_entries: columns('object email_address status is_locked', 'created_at updated_at'),
  subscriptions: columns('object status payer_id', 'active_at past_due_at created_at updated_at'),
  subscription_items: columns(
    'object plan_id status interval is_free_trial subscription_id payer_id',
    'period_start period_end created_at updated_at',
  ),
  payment_attempts: columns(
    'object payment_id instance_id statement_id gateway_external_id charge_type status payer_id',
    'paid_at failed_at created_at updated_at',
    'subscription_items',
  ),
  emails: columns(
    'object user_id slug from_email_name reply_to_email_name to_email_address email_address_id status ' +
      'delivered_by_clerk',
    '',
  ),
  sms_messages: columns(
    'object user_id slug from_phone_number to_phone_number phone_number_id status delivered_by_clerk',
    'created_at',
  ),
} satisfies Record<string, Columns>;

export type TableName = keyof typeof expectedColumns;

/** The columns that name a row of the table. */
export function keyOf(table: TableName): readonly string[] {
  return expectedColumns[table].key;
}

/** What names a row among the others of its table: its id, or its owner's and its own. */
export function nameOf(table: TableName, row: Readonly<Record<string, unknown>>): string {
  return keyOf(table)
    .map((column) => String(row[column]))
    .join(' ');
}
