// Requests to a fake Clerk as a plain client makes them, and a tenant with some of everything.

import type { FakeClerk } from '../../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../../testbed/tenant/tenant.ts';
import type { ClerkEvent } from '../../../testbed/tenant/event.ts';

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export interface ApiObject {
  readonly id: string;
  readonly created_at: number;
  readonly [name: string]: unknown;
}

type Address = Pick<FakeClerk, 'url' | 'key'>;

export const version = { 'clerk-api-version': '2026-05-12' };

export async function get(
  { url, key }: Address,
  path: string,
  headers: Record<string, string> = { authorization: `Bearer ${key}`, ...version },
): Promise<Got> {
  const response = await fetch(`${url}/v1${path}`, { headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}

/** The objects of a list, whether it is a bare array or not. */
export async function rowsOf(fake: Address, path: string): Promise<readonly ApiObject[]> {
  const { status, text, body } = await get(fake, path);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return Array.isArray(body) ? (body as ApiObject[]) : (body as { data: ApiObject[] }).data;
}

/** All pages of a list. */
export async function allOf(fake: Address, path: string): Promise<readonly ApiObject[]> {
  const found: ApiObject[] = [];
  for (;;) {
    const join = path.includes('?') ? '&' : '?';
    const page = await rowsOf(fake, `${path}${join}limit=500&offset=${found.length}&order_by=%2Bcreated_at`);
    found.push(...page);
    if (page.length < 500) return found;
  }
}

const start = Date.parse('2026-10-01T08:00:00Z');

export function lived(
  seed: string | number,
  { steps = 3000, users = 0, eventForEveryChange = false } = {},
): { readonly tenant: Tenant; readonly events: readonly ClerkEvent[] } {
  const tenant = new Tenant({ seed, start, pace: 10, eventForEveryChange });
  tenant.addEarlierUsers(users);
  return { tenant, events: Array.from({ length: steps }, () => tenant.step()).flat() };
}

export const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
