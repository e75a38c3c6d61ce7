// The registry: every event type of the payload map leads to one projection, and to no second one.

import { describe, expect, test } from '@jest/globals';
import type { EventType } from '../../src/clerk/event-payloads.ts';
import { createRegistry } from '../../src/intake/registry.ts';
import { projections } from '../../src/projections/index.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { sessions } from '../../src/projections/sessions.ts';
import { users } from '../../src/projections/users.ts';

/** Where each event belongs. One too many or too few does not compile. */
const tables = {
  'user.created': 'users',
  'user.updated': 'users',
  'user.deleted': 'users',
  'session.created': 'sessions',
  'session.ended': 'sessions',
  'session.pending': 'sessions',
  'session.removed': 'sessions',
  'session.revoked': 'sessions',
  'organization.created': 'organizations',
  'organization.updated': 'organizations',
  'organization.deleted': 'organizations',
  'organizationMembership.created': 'organization_memberships',
  'organizationMembership.updated': 'organization_memberships',
  'organizationMembership.deleted': 'organization_memberships',
  'organizationInvitation.created': 'organization_invitations',
  'organizationInvitation.accepted': 'organization_invitations',
  'organizationInvitation.revoked': 'organization_invitations',
  'organizationDomain.created': 'organization_domains',
  'organizationDomain.updated': 'organization_domains',
  'organizationDomain.deleted': 'organization_domains',
  'role.created': 'organization_roles',
  'role.updated': 'organization_roles',
  'role.deleted': 'organization_roles',
  'permission.created': 'organization_permissions',
  'permission.updated': 'organization_permissions',
  'permission.deleted': 'organization_permissions',
  'invitation.created': 'invitations',
  'invitation.accepted': 'invitations',
  'invitation.revoked': 'invitations',
  'waitlistEntry.created': 'waitlist_entries',
  'waitlistEntry.updated': 'waitlist_entries',
  'subscription.created': 'subscriptions',
  'subscription.updated': 'subscriptions',
  'subscription.active': 'subscriptions',
  'subscription.pastDue': 'subscriptions',
  'subscription.past_due': 'subscriptions',
  'subscriptionItem.created': 'subscription_items',
  'subscriptionItem.updated': 'subscription_items',
  'subscriptionItem.active': 'subscription_items',
  'subscriptionItem.upcoming': 'subscription_items',
  'subscriptionItem.incomplete': 'subscription_items',
  'subscriptionItem.freeTrialEnding': 'subscription_items',
  'subscriptionItem.pastDue': 'subscription_items',
  'subscriptionItem.past_due': 'subscription_items',
  'subscriptionItem.canceled': 'subscription_items',
  'subscriptionItem.abandoned': 'subscription_items',
  'subscriptionItem.ended': 'subscription_items',
  'subscriptionItem.expired': 'subscription_items',
  'paymentAttempt.created': 'payment_attempts',
  'paymentAttempt.updated': 'payment_attempts',
  'email.created': 'emails',
  'sms.created': 'sms_messages',
} satisfies Record<EventType, string>;
const eventTypes = Object.keys(tables) as EventType[];

const claims = (projection: Projection, type: EventType): boolean =>
  projection.carriedBy.includes(type) || projection.deletedBy.includes(type);

describe('the registry', () => {
  const registry = createRegistry(projections);

  test.each(eventTypes)('%s is claimed by exactly one projection', (type) => {
    expect(projections.filter((projection) => claims(projection, type)).map(({ table }) => table)).toEqual([
      tables[type],
    ]);
    expect(registry.get(type)?.projection.table).toBe(tables[type]);
  });

  test('knows no other type', () => {
    expect([...registry.keys()].sort()).toEqual(eventTypes.toSorted());
    expect(registry.get('session.updated')).toBeUndefined();
  });

  test('an event carries the object, or deletes it; the end of a membership, role or permission does both', () => {
    const deletions = eventTypes.filter((type) => registry.get(type)?.deletes === true);
    expect(deletions).toEqual(eventTypes.filter((type) => type.endsWith('.deleted')));
    const carrying = eventTypes.filter((type) => registry.get(type)?.carries === true);
    expect(carrying.filter((type) => deletions.includes(type))).toEqual([
      'organizationMembership.deleted',
      'role.deleted',
      'permission.deleted',
    ]);
    expect(new Set([...carrying, ...deletions]).size).toBe(eventTypes.length);
  });

  test('every effect knows the whole shelf: objects name rows of other tables', () => {
    for (const { shelf } of registry.values())
      expect([...shelf]).toEqual(projections.map((projection) => [projection.table, projection]));
  });
});

describe('a claim made twice stops the start, and names the type', () => {
  const twice: readonly (readonly [string, Projection])[] = [
    ['both carry it', { ...sessions, carriedBy: ['user.updated'] }],
    ['one carries what the other deletes', { ...sessions, deletedBy: ['user.updated'] }],
    ['the same projection is listed twice', users],
  ];

  test.each(twice)('%s', (_case, second) => {
    expect(() => createRegistry([users, second])).toThrow(/two projections claim the event type user\.\w+/);
  });

  test('but not within one projection: that is an event which carries what it deletes', () => {
    const both: Projection = { ...users, carriedBy: ['user.deleted'], deletedBy: ['user.deleted'] };
    expect(createRegistry([both]).get('user.deleted')).toMatchObject({
      projection: both,
      carries: true,
      deletes: true,
      shelf: new Map([['users', both]]),
    });
  });
});
