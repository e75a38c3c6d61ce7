// A slow second reckoning of what rows must hold: all events applied one by one, in any order, as docs/GUARANTEES.md says.

import type { ClerkEvent } from '../../../testbed/tenant/event.ts';
import type { TableName } from '../../../testbed/tenant/expected-columns.ts';

export type Fields = Readonly<Record<string, unknown>>;
type EventTime = readonly [number, string];

export interface Reckoned {
  own: { readonly updatedAt: number; readonly time: EventTime; readonly object: Fields } | undefined;
  copy: { readonly time: EventTime; readonly object: Fields } | undefined;
  deleted: number;
}

interface Resource {
  readonly table: TableName;
  /** The objects in it that have tables of their own. */
  readonly copies?: (object: Fields) => readonly (readonly [TableName, Fields])[];
}

const list = (value: unknown): readonly Fields[] => (value ?? []) as readonly Fields[];

/** By the word before the dot. */
const resources: Readonly<Record<string, Resource>> = {
  user: { table: 'users' },
  session: { table: 'sessions' },
  organization: { table: 'organizations' },
  organizationMembership: { table: 'organization_memberships' },
  organizationInvitation: { table: 'organization_invitations' },
  organizationDomain: { table: 'organization_domains' },
  permission: { table: 'organization_permissions' },
  role: {
    table: 'organization_roles',
    copies: ({ permissions }) => list(permissions).map((each) => ['organization_permissions', each]),
  },
  invitation: { table: 'invitations' },
  waitlistEntry: {
    table: 'waitlist_entries',
    copies: ({ invitation }) => (invitation ? [['invitations', invitation as Fields]] : []),
  },
  subscription: {
    table: 'subscriptions',
    copies: ({ id, items, payer }) =>
      list(items).map((item) => ['subscription_items', { ...item, subscription_id: id, payer }]),
  },
  subscriptionItem: { table: 'subscription_items' },
  paymentAttempt: {
    table: 'payment_attempts',
    copies: (attempt) => list(attempt.subscription_items).map((item) => ['subscription_items', item]),
  },
  email: { table: 'emails' },
  sms: { table: 'sms_messages' },
};

/** Newest version wins, deletes stay, copies stand in: nothing here knows the order of the events. */
export function reckon(events: readonly ClerkEvent[]): Map<TableName, Map<string, Reckoned>> {
  const tables = new Map<TableName, Map<string, Reckoned>>();
  const rowOf = (table: TableName, id: unknown): Reckoned => {
    const rows = tables.get(table) ?? new Map<string, Reckoned>();
    tables.set(table, rows);
    const row = rows.get(String(id)) ?? { own: undefined, copy: undefined, deleted: Infinity };
    rows.set(String(id), row);
    return row;
  };
  for (const { id: messageId, envelope } of events) {
    const [word = '', action] = envelope.type.split('.');
    const { table, copies } = resources[word]!;
    const object = envelope.data as Fields;
    const row = rowOf(table, object.id);
    const time = [envelope.timestamp, messageId] as const;
    if (action === 'deleted') row.deleted = Math.min(row.deleted, envelope.timestamp);
    if (object.deleted === true) continue;
    const updatedAt = (object.updated_at ?? -Infinity) as number;
    if (
      !row.own ||
      updatedAt > row.own.updatedAt ||
      (updatedAt === row.own.updatedAt && isLater(time, row.own.time))
    )
      row.own = { updatedAt, time, object };
    for (const [of, copy] of copies?.(object) ?? []) {
      const shown = rowOf(of, copy.id);
      if (!shown.copy || isLater(time, shown.copy.time)) shown.copy = { time, object: copy };
    }
  }
  return tables;
}

function isLater(one: EventTime, other: EventTime): boolean {
  return one[0] === other[0] ? one[1] > other[1] : one[0] > other[0];
}
