// One fixture for each event type that Clerk is known to send, as a real delivery would carry it.

import { describe, expect, test } from '@jest/globals';
import { Tenant } from '../../../testbed/tenant/tenant.ts';
import { fixture as read, fixtureTypes as knownTypes } from '../../support/fixtures.ts';

describe('fixtures', () => {
  test.each(knownTypes)('%s', (type) => {
    const fixture = read(type);
    expect(fixture).toMatchObject({
      object: 'event',
      type,
      instance_id: read('user.created').instance_id,
      data: { id: expect.any(String) },
    });
    const { updated_at: updatedAt } = fixture.data;
    // Milliseconds; a deletion that carries the object leaves its updated_at as it was.
    if (typeof updatedAt !== 'number' || type.endsWith('.deleted'))
      expect(fixture.timestamp).toBeGreaterThan(1e12);
    else expect([1, 22]).toEqual(range(fixture.timestamp - updatedAt));
  });

  test('belong together: the session is the user’s, the membership joins both', () => {
    const userId = read('user.created').data.id;
    const organizationId = read('organization.created').data.id;
    expect(read('session.created').data).toMatchObject({ user_id: userId, user: { id: userId } });
    expect(read('organizationMembership.created').data).toMatchObject({
      organization: { id: organizationId },
      public_user_data: { user_id: userId },
    });
    expect(read('subscription.created').data).toMatchObject({ payer: { organization_id: organizationId } });
  });

  test('hold recognisable secrets wherever Clerk sends some', () => {
    const secrets = (type: string): number => (JSON.stringify(read(type)).match(/SECRET-/g) ?? []).length;
    const holders = knownTypes.filter((type) => secrets(type) > 0);
    expect(holders.sort()).toEqual(
      [
        ...['user.created', 'user.updated', 'email.created', 'sms.created', 'waitlistEntry.updated'],
        ...knownTypes.filter((type) => /^(session|organizationInvitation|invitation)\./.test(type)),
      ].sort(),
    );
  });
});

test('the simulated tenant tells of every field that the fixtures have', () => {
  const tenant = new Tenant({ seed: 1, start: Date.parse('2026-10-01T08:00:00Z') });
  const told = new Map<string, Set<string>>();
  for (let step = 0; step < 4000; step++)
    for (const { envelope } of tenant.step()) {
      const fields = told.get(envelope.type) ?? new Set();
      for (const field in envelope.data) fields.add(field);
      told.set(envelope.type, fields);
    }
  const missing = [...told].flatMap(([type, fields]) =>
    Object.keys(read(type).data).flatMap((field) => (fields.has(field) ? [] : [`${type} ${field}`])),
  );
  // It has no directory whose users are synced.
  expect(missing).toEqual(['user.updated scim']);
  expect(told.size).toBe(knownTypes.length - 2);
});

/** 1 and 22, or the value itself where it lies outside, so that a failure shows it. */
function range(value: number): [number, number] {
  return value >= 1 && value <= 22 ? [1, 22] : [value, value];
}
