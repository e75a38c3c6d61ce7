// The columns that the contract promises for each table, by how they are kept: as Clerk sent them, as a time, as jsonb.

export interface Columns {
  readonly plain: readonly string[];
  readonly times: readonly string[];
  readonly json: readonly string[];
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
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof expectedColumns;
