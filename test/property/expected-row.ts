// One object as its row must show it: the columns that the contract promises, in the form in which Postgres writes them as JSON.

import { expectedColumns, type Columns, type TableName } from '../../testbed/tenant/expected-columns.ts';
import { listUnder, under, type ChildSet } from './resource.ts';
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
export function columnsOf(table: TableName, sent: JsonObject | undefined): Row {
  const columns: Columns = expectedColumns[table];
  const object = sent === undefined ? undefined : unified(table, sent);
  const row: JsonObject = {};
  for (const name of [...columns.plain, ...columns.json]) row[name] = object?.[name] ?? null;
  for (const name of columns.times) row[name] = iso(ms(object?.[name]));
  if (table === 'users') return { ...row, ...primaryContacts(object) };
  return isBilling(table) ? { ...row, payer_id: object?.payer_id ?? null } : row;
}

function primaryContacts(user: JsonObject | undefined): Row {
  const contact = (list: string, idKey: string, value: string): unknown =>
    ((user?.[list] ?? []) as JsonObject[]).find(({ id }) => id === user?.[idKey])?.[value] ?? null;
  return {
    primary_email_address: contact('email_addresses', 'primary_email_address_id', 'email_address'),
    primary_phone_number: contact('phone_numbers', 'primary_phone_number_id', 'phone_number'),
  };
}

export function childRow(set: ChildSet, ownerId: string, child: JsonObject): Row {
  const { id } = unified(set.table, child);
  return {
    ...columnsOf(set.table, child),
    [set.idColumn]: id,
    [set.ownerColumn]: ownerId,
    data: child,
  };
}

/** What tells a row from the others of its table: its id, or the two of a role's permission. */
export function nameOf(row: Row): string {
  const parts = row.id === undefined ? [row.role_id, row.permission_id] : [row.id];
  return parts.map(String).join(' ');
}

/** The object in the words of the newest of its shapes. */
function unified(table: TableName, object: JsonObject): JsonObject {
  if (table === 'external_accounts') return unifiedAccount(object);
  if (table === 'sms_messages') return { ...object, created_at: object.created_at ?? object.created_at_ms };
  if (!isBilling(table)) return object;
  return {
    ...object,
    payer_id: object.payer_id ?? under(object, 'payer')?.id,
    interval: object.interval ?? object.plan_period,
    subscription_items: paidItems(object),
  };
}

function isBilling(table: TableName): boolean {
  return table === 'subscriptions' || table === 'subscription_items' || table === 'payment_attempts';
}

/** What was paid for; who paid is told once, by the attempt. */
function paidItems(attempt: JsonObject): unknown {
  const items = listUnder(attempt, 'subscription_items').map((item) =>
    Object.fromEntries(Object.entries(item).filter(([key]) => key !== 'payer')),
  );
  return items.length === 0 ? null : items;
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

/** What is never kept, by the kind of event, and wherever a thing of that name is embedded. */
const secrets: Readonly<Record<string, readonly string[]>> = {
  email: ['subject', 'body', 'body_plain', 'data'],
  sms: ['message', 'data'],
  invitation: ['url'],
  organizationInvitation: ['url'],
};

/** What is kept of an event's object: less what mails and messages say, the links of invitations, and backup codes. */
export function withoutSecrets(type: string, data: JsonObject): JsonObject {
  return less(secrets[type.slice(0, type.indexOf('.'))] ?? [], data) as JsonObject;
}

function less(keys: readonly string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => less([], each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === 'backup_codes' || keys.includes(key) ? null : less(secrets[key] ?? [], each),
    ]),
  );
}
