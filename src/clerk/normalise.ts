// Events of all years in one shape: milliseconds everywhere, Google's and Facebook's accounts like the others.

import { isObject, type JsonObject } from './json.ts';
import { timeOf } from './time.ts';

const timeKeys = new Set(['timestamp', 'period_start', 'period_end', 'billing_date', 'created_at_ms']);
/** Deeper, nothing of Clerk's own is. */
const mostLevels = 50;

/**
 * A copy. What is inside somebody's metadata is left alone.
 * @param occurredAt ms, for an event that has no timestamp of its own
 */
export function normaliseEvent(envelope: JsonObject, occurredAt: number): JsonObject {
  const event = normalise(envelope, 0) as JsonObject;
  const data = isObject(event.data) ? event.data : {};
  return { ...event, data: ofOneShape(data), timestamp: timeOf(event.timestamp) ?? occurredAt };
}

function normalise(value: unknown, level: number): unknown {
  if (level > mostLevels) return value;
  if (Array.isArray(value)) return value.map((each) => normalise(each, level + 1));
  if (!isObject(value)) return value;
  // fromEntries defines properties, so that a key named __proto__ stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, normaliseField(key, each, level)]),
  );
}

function normaliseField(key: string, value: unknown, level: number): unknown {
  if (key.endsWith('_metadata')) return value;
  if (typeof value === 'number') return isTime(key) ? (timeOf(value) ?? value) : value;
  if (key === 'external_accounts' && Array.isArray(value))
    return value.map((each) => likeTheOthers(normalise(each, level + 2)));
  return normalise(value, level + 1);
}

function isTime(key: string): boolean {
  return key.endsWith('_at') || timeKeys.has(key);
}

/** An SMS has `created_at` in Clerk's examples, `created_at_ms` in its schema. */
function ofOneShape(data: JsonObject): JsonObject {
  if (data.object !== 'sms_message' || data.created_at_ms !== undefined) return data;
  const { created_at, ...rest } = data;
  return created_at === undefined ? data : { ...rest, created_at_ms: created_at };
}

const providers = new Map([
  ['google_account', 'oauth_google'],
  ['facebook_account', 'oauth_facebook'],
]);

/** As Clerk's schema has an external account, and the Backend API sends it: under eac_…, with the common names. */
function likeTheOthers(account: unknown): unknown {
  if (!isObject(account)) return account;
  const provider = providers.get(String(account.object));
  if (provider === undefined) return account;
  const { id, external_account_id, given_name, family_name, picture, google_id, facebook_id, ...rest } =
    account;
  return {
    ...rest,
    object: 'external_account',
    id: external_account_id ?? id,
    identification_id: rest.identification_id ?? id,
    provider: rest.provider ?? provider,
    provider_user_id: rest.provider_user_id ?? google_id ?? facebook_id,
    first_name: rest.first_name ?? given_name,
    last_name: rest.last_name ?? family_name,
    image_url: rest.image_url ?? picture,
  };
}
