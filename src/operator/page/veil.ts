// What of Clerk's objects may be shown to whoever only looks. This list names it; all else is somebody's own, and veiled.

/** Stands for a value that is not shown. */
export const veil = '••••';

/** Texts: names that Clerk or the developers gave to kinds of things, and Clerk's own ids. */
const openTexts = new Set([
  ...['object', 'type', 'status', 'strategy', 'provider', 'protocol', 'channel', 'code', 'decline_code'],
  ...['role', 'key', 'role_set_key', 'permissions', 'enrollment_mode', 'charge_type', 'interval', 'period'],
  ...['plan_period', 'currency', 'gateway', 'gateway_type', 'gateway_status', 'payment_method'],
  ...['suppression_reason', 'deleted_by', 'id', 'instance_id', 'user_id', 'organization_id', 'created_by'],
  ...['inviter_id', 'invitation_id', 'role_id', 'permission_id', 'last_active_organization_id'],
  ...['primary_email_address_id', 'primary_phone_number_id', 'primary_web3_wallet_id', 'email_address_id'],
  ...['phone_number_id', 'identification_id', 'external_account_id', 'enterprise_connection_id'],
  ...['directory_id', 'subscription_id', 'plan_id', 'product_id', 'payer_id', 'payment_id', 'statement_id'],
  ...['invoice_id', 'latest_payment_id', 'payment_source_id', 'source_message_id'],
]);

const openNumbers = new Set([
  ...['timestamp', 'attempts', 'members_count', 'pending_invitations_count', 'max_allowed_memberships'],
  ...['total_pending_invitations', 'total_pending_suggestions', 'create_organizations_limit'],
  ...['lockout_expires_in_seconds', 'verification_attempts_remaining', 'block_size', 'starts_at_block'],
  ...['ends_after_block', 'quantity', 'billing_date', 'proration_date', 'next_payment_date'],
]);

/** Objects, and lists of them, whose keys are Clerk's. Inside any other the keys may be somebody's own too. */
const openObjects = new Set([
  ...['event_attributes', 'http_request', 'user', 'organization', 'organization_memberships', 'invitation'],
  ...['email_addresses', 'phone_numbers', 'web3_wallets', 'passkeys', 'external_accounts', 'saml_accounts'],
  ...['enterprise_accounts', 'enterprise_connection', 'saml_connection', 'scim', 'linked_to', 'role'],
  ...['verification', 'affiliation_verification', 'ownership_verification', 'error', 'latest_activity'],
  ...['public_user_data', 'public_organization_data', 'public_inviter_data', 'permissions', 'payer', 'payee'],
  ...['plan', 'items', 'subscription_items', 'totals', 'subtotal', 'tax_total', 'grand_total', 'total'],
  ...['per_unit_totals', 'credits', 'credit', 'proration', 'payment_source', 'failed_reason', 'amount'],
  ...['next_payment_amount', 'lifetime_paid', 'remaining_balance', 'applied_amount', 'unit_prices', 'tiers'],
]);

/** Neither a name nor an address looks so, wherever it may turn up. */
const plainText = /^[A-Za-z0-9_:.-]{0,255}$/;
const isoTime = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)|-?infinity)$/;
const timeKey = /_at(?:_ms)?$/;
const clerkKey = /^[a-z][a-z0-9_]{0,63}$/;

/** A key may be shown: no e-mail address that somebody made a key. */
export function isOpenKey(key: string): boolean {
  return clerkKey.test(key);
}

/** Whether the keys and values of an object, or of a list, under this key may be looked at. `depth`: 1 right below the outermost. */
export function isOpenObject(key: string, depth: number): boolean {
  return openObjects.has(key) || (depth === 1 && key === 'data');
}

/** Whether a value under this key, or in a list under it, may be shown, where its object is open. */
export function isOpenValue(key: string, value: string | number | boolean | null | object): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string')
    return openTexts.has(key) ? plainText.test(value) : timeKey.test(key) && isoTime.test(value);
  const isNumber = typeof value === 'number' || JSON.isRawJSON(value);
  return isNumber ? openNumbers.has(key) || timeKey.test(key) : value instanceof Date;
}

/**
 * The same for a value by the keys that lead to it from the outermost object – an event, a row, a Clerk object –
 * places in lists left out. Of an object or a list: whether what is in it may be looked at.
 */
export function isOpenAt(path: readonly string[], value: unknown): boolean {
  const key = path.at(-1);
  if (key === undefined) return true;
  if (!path.slice(0, -1).every((each, index) => isOpenKey(each) && isOpenObject(each, index + 1)))
    return false;
  const isScalar = typeof value !== 'object' || value === null || JSON.isRawJSON(value);
  if (!isScalar && !(value instanceof Date)) return isOpenObject(key, path.length);
  return isOpenValue(key, value as string | number | boolean | null | object);
}

/** Text in which what cannot be seen, or turns round what is beside it, is spelt as an escape. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
