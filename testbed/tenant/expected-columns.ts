// The columns that the contract promises for each table, by how they are kept: as Clerk sent them, as a time, as jsonb.

export interface Columns {
  readonly plain: readonly string[];
  readonly times: readonly string[];
  readonly json: readonly string[];
  /** What a row is known by, where that is not `id`. */
  readonly key?: readonly string[];
}

const words = (text: string): string[] => text.split(' ');

export const expectedColumns = {
  users: {
    plain: words(
      'object external_id primary_email_address_id primary_phone_number_id primary_web3_wallet_id username first_name ' +
        'last_name locale image_url has_image password_enabled two_factor_enabled totp_enabled backup_code_enabled banned ' +
        'locked deprovisioned lockout_expires_in_seconds verification_attempts_remaining delete_self_enabled ' +
        'create_organization_enabled create_organizations_limit bypass_client_trust',
    ),
    times: words(
      'mfa_enabled_at mfa_disabled_at password_last_updated_at last_sign_in_at updated_at created_at last_active_at ' +
        'legal_accepted_at',
    ),
    json: words('public_metadata private_metadata unsafe_metadata'),
  },
  email_addresses: {
    plain: words('object email_address reserved matches_sso_connection'),
    times: words('created_at updated_at'),
    json: words('verification'),
  },
  phone_numbers: {
    plain: words('object phone_number reserved_for_second_factor default_second_factor reserved'),
    times: words('created_at updated_at'),
    json: words('verification'),
  },
  web3_wallets: {
    plain: words('object web3_wallet'),
    times: words('created_at updated_at'),
    json: words('verification'),
  },
  external_accounts: {
    plain: words(
      'object provider identification_id external_account_id provider_user_id approved_scopes email_address ' +
        'email_address_verified first_name last_name image_url username phone_number label',
    ),
    times: words('created_at updated_at'),
    json: words('public_metadata verification'),
  },
  enterprise_accounts: {
    plain: words(
      'object protocol provider active email_address first_name last_name provider_user_id enterprise_connection_id',
    ),
    times: words('last_authenticated_at'),
    json: words('public_metadata verification'),
  },
  passkeys: {
    plain: words('object name'),
    times: words('last_used_at'),
    json: words('verification'),
  },
  sessions: {
    plain: words('object user_id client_id status last_active_organization_id'),
    times: words('last_active_at expire_at abandon_at updated_at created_at'),
    json: [],
  },
  organizations: {
    plain: words(
      'object name slug image_url has_image members_count missing_member_with_elevated_permissions ' +
        'pending_invitations_count max_allowed_memberships admin_delete_enabled created_by role_set_key',
    ),
    times: words('created_at updated_at last_active_at'),
    json: words('public_metadata private_metadata'),
  },
  organization_memberships: {
    plain: words('object role role_name'),
    times: words('created_at updated_at'),
    json: words('public_metadata private_metadata'),
  },
  organization_invitations: {
    plain: words('object email_address role role_name organization_id inviter_id status'),
    times: words('expires_at created_at updated_at'),
    json: words('public_metadata private_metadata'),
  },
  organization_domains: {
    plain: words(
      'object organization_id name enrollment_mode affiliation_email_address total_pending_invitations ' +
        'total_pending_suggestions',
    ),
    times: words('created_at updated_at'),
    json: words('affiliation_verification ownership_verification'),
  },
  organization_permissions: {
    plain: words('object name key description type'),
    times: words('created_at updated_at'),
    json: [],
  },
  organization_roles: {
    plain: words('object name key description is_creator_eligible'),
    times: words('created_at updated_at'),
    json: [],
  },
  organization_role_permissions: {
    plain: words('object name key description type'),
    times: words('created_at updated_at'),
    json: [],
    key: words('role_id permission_id'),
  },
  invitations: {
    plain: words('object email_address revoked status'),
    times: words('expires_at created_at updated_at'),
    json: words('public_metadata'),
  },
  waitlist_entries: {
    plain: words('object email_address status is_locked'),
    times: words('created_at updated_at'),
    json: [],
  },
  subscriptions: {
    plain: words('object status'),
    times: words('active_at past_due_at created_at updated_at'),
    json: [],
  },
  subscription_items: {
    plain: words('object plan_id status interval is_free_trial subscription_id'),
    times: words('period_start period_end created_at updated_at'),
    json: [],
  },
  payment_attempts: {
    plain: words('object payment_id instance_id statement_id gateway_external_id charge_type status'),
    times: words('paid_at failed_at created_at updated_at'),
    json: words('subscription_items'),
  },
  emails: {
    plain: words(
      'object user_id slug from_email_name reply_to_email_name to_email_address email_address_id status delivered_by_clerk',
    ),
    times: [],
    json: [],
  },
  sms_messages: {
    plain: words(
      'object user_id slug from_phone_number to_phone_number phone_number_id status delivered_by_clerk',
    ),
    times: words('created_at'),
    json: [],
  },
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof expectedColumns;

const byId: readonly string[] = ['id'];

export function keyOf(table: TableName): readonly string[] {
  const { key = byId }: Columns = expectedColumns[table];
  return key;
}

/** A row's own name: what stands in its key. */
export function nameOf(table: TableName, row: Readonly<Record<string, unknown>>): string {
  return keyOf(table)
    .map((column) => String(row[column]))
    .join(' ');
}
