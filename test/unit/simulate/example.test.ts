// An example of every known type, and help for whoever mistypes one.

import { describe, expect, test } from '@jest/globals';
import { eventTypes } from '../../../src/clerk/event-payloads.ts';
import { MirrorError } from '../../../src/platform/errors.ts';
import { exampleEvent } from '../../../src/simulate/example.ts';

const now = Date.parse('2026-10-01T08:00:00Z');

describe('exampleEvent', () => {
  test.each(eventTypes)('%s', (type) => {
    const envelope = exampleEvent(type, { now, seed: 1, instanceId: 'ins_own' });
    expect(envelope).toMatchObject({
      type,
      object: 'event',
      instance_id: 'ins_own',
      data: { id: expect.any(String) },
    });
    expect(Math.abs(envelope.timestamp - now)).toBeLessThan(5000);
    expect(exampleEvent(type, { now, seed: 1, instanceId: 'ins_own' })).toEqual(envelope);
  });

  test('of one seed belong together', () => {
    const [created, updated] = (['user.created', 'user.updated'] as const).map((type) =>
      exampleEvent(type, { now, seed: 3 }),
    );
    expect(created!.data).toMatchObject({ id: (updated!.data as { id: string }).id });
  });

  test.each([
    ['subscription.past_due', 'subscription.pastDue'],
    ['subscriptionItem.past_due', 'subscriptionItem.pastDue'],
  ])('of the old spelling %s is that of %s under the other name', (old, today) => {
    const { type, ...rest } = exampleEvent(old, { now, seed: 4 });
    expect(type).toBe(old);
    expect({ type: today, ...rest }).toEqual(exampleEvent(today, { now, seed: 4 }));
    expect(rest.data).toMatchObject({ status: 'past_due' });
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
