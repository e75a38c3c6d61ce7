// What the bench sends: the mixture it says, versions that never tie, and objects that are stamped when they change.

import { describe, expect, test } from '@jest/globals';
import { EventStream, type BenchEvent } from '../../bench/traffic/events.ts';

interface Envelope {
  readonly type: string;
  readonly timestamp: number;
  readonly data: {
    readonly id: string;
    readonly updated_at: number;
    readonly email_addresses: readonly {
      readonly id: string;
      readonly email_address: string;
      readonly updated_at: number;
    }[];
  };
}

const take = (stream: EventStream, count: number): BenchEvent[] =>
  Array.from({ length: count }, () => stream.next());
const read = ({ body }: BenchEvent): Envelope => JSON.parse(body) as Envelope;

describe('the mixture', () => {
  const events = take(new EventStream(), 20_000);
  const envelopes = events.map(read);

  test('has the shares that the report says, and bodies of about 3 KB', () => {
    const share = (type: string): number =>
      envelopes.filter((each) => each.type === type).length / envelopes.length;
    expect(share('user.updated')).toBeCloseTo(0.6, 1);
    expect(share('session.created')).toBeCloseTo(0.2, 1);
    expect(share('organization.updated')).toBeCloseTo(0.18, 1);
    expect(share('user.deleted')).toBeCloseTo(0.02, 2);
    const sizes = events
      .filter((_event, index) => envelopes[index]?.type === 'user.updated')
      .map(({ body }) => Buffer.byteLength(body));
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(2700);
    expect(mean).toBeLessThan(3700);
  });

  test('never ties: every message and every version is one of its own', () => {
    expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(events.length);
    expect(new Set(envelopes.map(({ timestamp }) => timestamp)).size).toBe(events.length);
  });

  test('an update of a user changes an e-mail address one time in ten, and stamps that one only', () => {
    const known = new Map<string, Envelope['data']['email_addresses']>();
    let updates = 0;
    let changes = 0;
    for (const { type, data } of envelopes.filter((each) => each.type === 'user.updated')) {
      expect(type).toBe('user.updated');
      const before = known.get(data.id);
      known.set(data.id, data.email_addresses);
      if (before === undefined) continue;
      updates += 1;
      const differing = data.email_addresses.filter(
        (each, index) => JSON.stringify(each) !== JSON.stringify(before[index]),
      );
      if (differing.length === 0) continue;
      changes += 1;
      expect(differing).toHaveLength(1);
      expect(differing[0]?.updated_at).toBe(data.updated_at);
    }
    expect(updates).toBeGreaterThan(2000);
    expect(changes / updates).toBeGreaterThan(0.07);
    expect(changes / updates).toBeLessThan(0.13);
  });

  test('who was deleted is not heard of again', () => {
    const deleted = new Set<string>();
    for (const { type, data } of envelopes) {
      if (type === 'user.updated') expect(deleted.has(data.id)).toBe(false);
      if (type === 'user.deleted') deleted.add(data.id);
    }
    expect(deleted.size).toBeGreaterThan(200);
  });
});

describe('variants', () => {
  test('hot: updates of one user, and nothing else', () => {
    const envelopes = take(new EventStream({ traffic: 'hot' }), 500).map(read);
    expect(new Set(envelopes.map(({ type }) => type))).toEqual(new Set(['user.updated']));
    expect(new Set(envelopes.map(({ data }) => data.id)).size).toBe(1);
  });

  test('all: one update of each user and organization, with which everything begins', () => {
    const stream = new EventStream({ users: 300 });
    const events = [...stream.all()];
    const envelopes = events.map(read);
    expect(new Set(envelopes.map(({ data }) => data.id)).size).toBe(800);
    expect(envelopes.filter(({ type }) => type === 'user.updated')).toHaveLength(300);
    expect(envelopes.filter(({ type }) => type === 'organization.updated')).toHaveLength(500);
    // What comes then is newer, and of the same users, but for those that took a deleted one's place.
    const later = take(stream, 200).map(read);
    expect(Math.min(...later.map(({ timestamp }) => timestamp))).toBeGreaterThan(
      Math.max(...envelopes.map(({ timestamp }) => timestamp)),
    );
    const known = new Set(envelopes.map(({ data }) => data.id));
    const updated = later.filter(({ type }) => type === 'user.updated');
    expect(updated.filter(({ data }) => known.has(data.id)).length / updated.length).toBeGreaterThan(0.95);
  });

  test('stride: the same events, of users spread over a larger tenant', () => {
    const near = take(new EventStream(), 200).map(read);
    const far = take(new EventStream({ stride: 100 }), 200).map(read);
    expect(far.map(({ type }) => type)).toEqual(near.map(({ type }) => type));
    const users = far.filter(({ type }) => type === 'user.updated').map(({ data }) => data.id);
    const places = users.map((id) => parseInt(id.slice(-20).replace(/^Q+/, ''), 36));
    expect(places.every((place) => place % 100 === 0)).toBe(true);
    expect(Math.max(...places)).toBeGreaterThan(900_000);
  });
});
