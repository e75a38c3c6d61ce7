// One object as its row must show it: the columns that the contract promises, with the values that node-postgres reads from them.

import type { JsonObject } from '../../src/clerk/json.ts';
import { expectedColumns, type TableName } from './columns.ts';
import { listUnder, under, type ChildSet, type Owner, type Resource } from './resource.ts';

/** Column name to value; times are Dates, what is absent is null. */
export type Row = Readonly<Record<string, unknown>>;

/** ms since 1970 of one of Clerk's times: below 1e11 they are seconds. */
export function ms(time: unknown): number | undefined {
  if (typeof time !== 'number') return undefined;
  return time < 1e11 ? time * 1000 : time;
}

/** `-Infinity` is the time before all others, for Postgres and its driver alike. */
export function dateOf(time: number | undefined): Date | number | null {
  if (time === undefined) return null;
  return time === -Infinity ? time : new Date(time);
}

/** An object's own columns and its references to owners; all null where there is no object. */
export function objectColumns({ table, owners }: Resource, object: JsonObject | undefined): Row {
  return {
    ...columnsOf(table, object),
    ...Object.fromEntries(
      owners.map((owner) => [owner.column, object === undefined ? null : ownerId(owner, object)]),
    ),
  };
}

/** An id as a reference has it: what is empty or missing is none. */
export function ownerId({ idOf }: Owner, object: JsonObject): string | null {
  const id = idOf(object);
  return typeof id === 'string' && id !== '' ? id : null;
}

export function childRow(set: ChildSet, owner: string, child: JsonObject): Row {
  const { id } = unified(set.table, child);
  return { ...columnsOf(set.table, child), [set.idColumn]: id, [set.ownerColumn]: owner };
}

/** The column `data`: the object without what has a table of its own, and without what is never kept. */
export function dataColumn(
  { embedded, secrets = [] }: Pick<Resource, 'embedded' | 'secrets'>,
  object: JsonObject,
): JsonObject {
  const fields = Object.entries(object).filter(([key]) => !embedded.includes(key));
  return Object.fromEntries(
    fields.map(([key, value]) => [key, secrets.includes(key) ? null : withoutBackupCodes(key, value)]),
  );
}

function withoutBackupCodes(key: string, value: unknown): unknown {
  if (key === 'backup_codes') return null;
  if (Array.isArray(value)) return value.map((each) => withoutBackupCodes('', each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withoutBackupCodes(name, each)]),
  );
}

function columnsOf(table: TableName, sent: JsonObject | undefined): Row {
  const { plain, json, times } = expectedColumns[table];
  const object = sent === undefined ? undefined : unified(table, sent);
  const row: Record<string, unknown> = {};
  for (const name of plain) row[name] = object?.[name] ?? null;
  for (const name of json) row[name] = object?.[name] ?? null;
  for (const name of times) row[name] = dateOf(ms(object?.[name]));
  return table === 'users' ? { ...row, ...primaryContacts(object) } : row;
}

/** Looked up by their ids, never the first of the list. */
function primaryContacts(user: JsonObject | undefined): Row {
  const contact = (list: string, idKey: string, value: string): unknown =>
    user === undefined ? null : (listUnder(user, list).find(({ id }) => id === user[idKey])?.[value] ?? null);
  return {
    primary_email_address: contact('email_addresses', 'primary_email_address_id', 'email_address'),
    primary_phone_number: contact('phone_numbers', 'primary_phone_number_id', 'phone_number'),
  };
}

/** The object in the words of the newest of its shapes. */
function unified(table: TableName, object: JsonObject): JsonObject {
  if (table === 'external_accounts') return unifiedAccount(object);
  if (table === 'sms_messages') return { ...object, created_at: object.created_at ?? object.created_at_ms };
  if (!billingTables.includes(table)) return object;
  return {
    ...object,
    payer_id: object.payer_id ?? under(object, 'payer')?.id,
    interval: object.interval ?? object.plan_period,
    subscription_items: paidItems(object),
  };
}

const billingTables: readonly TableName[] = ['subscriptions', 'subscription_items', 'payment_attempts'];

/** What was paid for; who paid stands in the attempt. */
function paidItems(attempt: JsonObject): unknown {
  const items = listUnder(attempt, 'subscription_items').map(({ payer, ...item }) => item);
  return items.length === 0 ? null : items;
}

/** Google's and Facebook's accounts in the words of all others. */
function unifiedAccount(account: JsonObject): JsonObject {
  const older: JsonObject = {
    provider: account.object === 'google_account' ? 'oauth_google' : undefined,
    provider_user_id: account.google_id,
    first_name: account.given_name,
    last_name: account.family_name,
    image_url: account.picture,
    external_account_id: account.object === 'external_account' ? account.id : undefined,
  };
  const names = Object.fromEntries(Object.entries(older).map(([key, value]) => [key, account[key] ?? value]));
  return { ...account, ...names, id: account.identification_id };
}
