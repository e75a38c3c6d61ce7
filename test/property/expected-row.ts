// One object as its row must show it: the columns that the contract promises, in the form in which Postgres writes them as JSON.

import { expectedColumns, type Columns, type TableName } from '../../src/simulate/tenant/expected-columns.ts';
import type { JsonObject } from './variation.ts';

/** Column name to value; times are ISO texts, what is absent is null. */
export type Row = Readonly<Record<string, unknown>>;

/** Clerk's times: below 1e11 they are seconds. */
export function ms(time: unknown): number | undefined {
  if (typeof time !== 'number') return undefined;
  return time < 1e11 ? time * 1000 : time;
}

export function iso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

/** All columns null where there is no object. */
export function columnsOf(table: TableName, object: JsonObject | undefined): Row {
  const columns: Columns = expectedColumns[table];
  const row: JsonObject = {};
  for (const name of [...columns.plain, ...columns.json]) row[name] = object?.[name] ?? null;
  for (const name of columns.times) row[name] = iso(ms(object?.[name]));
  return table === 'users' ? { ...row, ...primaryContacts(object) } : row;
}

function primaryContacts(user: JsonObject | undefined): Row {
  const contact = (list: string, idKey: string, value: string): unknown =>
    ((user?.[list] ?? []) as JsonObject[]).find(({ id }) => id === user?.[idKey])?.[value] ?? null;
  return {
    primary_email_address: contact('email_addresses', 'primary_email_address_id', 'email_address'),
    primary_phone_number: contact('phone_numbers', 'primary_phone_number_id', 'phone_number'),
  };
}

export function childRow(table: TableName, userId: string, child: JsonObject): Row & { id: string } {
  const seen = table === 'external_accounts' ? unifiedAccount(child) : child;
  return { ...columnsOf(table, seen), id: String(seen.id), user_id: userId, data: child };
}

/** Google's and Facebook's accounts in the words of all others. */
function unifiedAccount(account: JsonObject): JsonObject {
  const older: Readonly<Record<string, unknown>> = {
    provider: account.object === 'google_account' ? 'oauth_google' : undefined,
    provider_user_id: account.google_id,
    first_name: account.given_name,
    last_name: account.family_name,
    image_url: account.picture,
    external_account_id: account.object === 'external_account' ? account.id : undefined,
  };
  const words = Object.fromEntries(Object.entries(older).map(([key, value]) => [key, account[key] ?? value]));
  return { ...account, ...words, id: account.identification_id };
}

/** What is kept of an event's object: less the links of invitations and the backup codes of phone numbers. */
export function withoutSecrets(type: string, data: JsonObject): JsonObject {
  const kept = withoutCodes(data) as JsonObject;
  return type.startsWith('organizationInvitation.') && 'url' in kept ? { ...kept, url: null } : kept;
}

function withoutCodes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCodes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, key === 'backup_codes' ? null : withoutCodes(each)]),
  );
}
