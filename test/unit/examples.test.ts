// An example of every known type, as a real delivery would carry it; and what a mistyped one is answered.

import { describe, expect, test } from '@jest/globals';
import { eventTypes, type EventType } from '../../src/clerk/event-payloads.ts';
import { MirrorError } from '../../src/platform/errors.ts';
import { exampleEvent } from '../../src/clerk/examples/example-event.ts';
import { exampleOf } from '../../src/clerk/examples/events.ts';
import type { Session } from '../../src/clerk/payloads/session.ts';

const now = Date.parse('2026-10-01T08:00:00Z');

describe('exampleOf', () => {
  test.each(eventTypes)('%s', (type) => {
    const example = exampleOf(type);
    expect(example).toMatchObject({
      object: 'event',
      type,
      instance_id: exampleOf('user.created').instance_id,
      data: { id: expect.any(String) },
    });
    const { updated_at: updatedAt } = example.data as { updated_at?: number };
    // Milliseconds; a deletion that carries the object leaves its updated_at as it was.
    if (updatedAt === undefined || type.endsWith('.deleted')) expect(example.timestamp).toBeGreaterThan(1e12);
    else expect([1, 22]).toEqual(range(example.timestamp - updatedAt));
  });

  test('belong together: the session is the user’s, the membership joins both', () => {
    const userId = exampleOf('user.created').data.id;
    const organizationId = exampleOf('organization.created').data.id;
    expect(exampleOf('session.created').data).toMatchObject({ user_id: userId, user: { id: userId } });
    expect(exampleOf('organizationMembership.created').data).toMatchObject({
      organization: { id: organizationId },
      public_user_data: { user_id: userId },
    });
    expect(exampleOf('subscription.created').data).toMatchObject({
      payer: { organization_id: organizationId },
    });
  });

  test('hold recognisable secrets wherever Clerk sends some', () => {
    const secrets = (type: EventType): number =>
      (JSON.stringify(exampleOf(type)).match(/SECRET-/g) ?? []).length;
    const holders = eventTypes.filter((type) => secrets(type) > 0);
    expect(holders.sort()).toEqual(
      [
        ...['user.created', 'user.updated', 'email.created', 'sms.created', 'waitlistEntry.updated'],
        ...eventTypes.filter((type) => /^(session|organizationInvitation|invitation)\./.test(type)),
      ].sort(),
    );
  });
});

describe('exampleEvent', () => {
  test.each(eventTypes)('%s happened just now, in the wanted instance', (type) => {
    const event = exampleEvent(type, { now, instanceId: 'ins_own' });
    expect(event).toMatchObject({ type, object: 'event', timestamp: now, instance_id: 'ins_own' });
    const { updated_at: updatedAt = now } = event.data as { updated_at?: number };
    expect(now - updatedAt).toBeGreaterThanOrEqual(0);
    // All in it moved with the event: what is apart in the recorded example is as far apart here.
    const recorded = exampleOf(type);
    expect(times(event.data).map((time) => time - now)).toEqual(
      times(recorded.data).map((time) => time - recorded.timestamp),
    );
  });

  test('is about objects of its own each time, which still belong together', () => {
    const [first, second] = [exampleEvent('session.created'), exampleEvent('session.created')].map(
      ({ data }) => data as Session,
    );
    expect(first!.id).not.toBe(second!.id);
    expect(first!.user_id).not.toBe(second!.user_id);
    expect(first!.user?.id).toBe(first!.user_id);
    expect(first!.user_id).toMatch(/^user_[0-9A-Za-z]{27}$/);
  });

  test.each([
    ['subscription.past_due', 'subscription.pastDue'],
    ['subscriptionItem.past_due', 'subscriptionItem.pastDue'],
  ] as const)('of the old spelling %s is that of %s under the other name', (old, today) => {
    expect(exampleOf(old)).toEqual({ ...exampleOf(today), type: old });
    expect(exampleOf(old).data).toMatchObject({ status: 'past_due' });
  });

  test('of an unknown type names the nearest ones and all known ones', () => {
    const attempt = (): unknown => exampleEvent('users.create');
    expect(attempt).toThrow(MirrorError);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'example-unknown',
        exitCode: 2,
        mend: expect.stringMatching(
          /^Did you mean user\.created, .*Known types: .*organizationDomain\.deleted/,
        ),
      }),
    );
  });
});

function times(value: unknown): number[] {
  if (typeof value === 'number') return value > 1e12 ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(times) : [];
}

/** 1 and 22, or the value itself where it lies outside, so that a failure shows it. */
function range(value: number): [number, number] {
  return value >= 1 && value <= 22 ? [1, 22] : [value, value];
}
