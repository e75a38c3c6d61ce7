// Versions: one total order, the same in every shuffle; Clerk's clock and never ours.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareCopies, compareVersions, ownVersion, type Version } from '../../src/projections/version.ts';

const version = (updatedAt: number, eventAt: number, messageId: string): Version => ({
  updatedAt,
  eventAt,
  messageId,
});

const idUnit = fc.constantFrom('A', 'B', 'Z', 'a', 'b', 'z', '0', '1', '9', '_', '-');
const versions = fc.record({
  updatedAt: fc.oneof(fc.constant(-Infinity), fc.integer({ min: 0, max: 3 })),
  eventAt: fc.integer({ min: 0, max: 3 }),
  messageId: fc.string({ unit: idUnit, maxLength: 3 }),
});

describe('compareVersions', () => {
  test.each([
    ['updated_at goes first', version(1, 9, 'z'), version(2, 1, 'a')],
    ['then the event’s time', version(1, 1, 'z'), version(1, 2, 'a')],
    ['then the svix-id', version(1, 1, 'msg_a'), version(1, 1, 'msg_b')],
    ['bytewise: capitals before small letters', version(1, 1, 'msg_Z'), version(1, 1, 'msg_a')],
    ['bytewise: digits before capitals, - before all', version(1, 1, 'msg_-'), version(1, 1, 'msg_0')],
    ['bytewise: _ between capitals and small letters', version(1, 1, 'Z_'), version(1, 1, '__')],
    ['a shorter id before what it begins', version(1, 1, 'msg_1'), version(1, 1, 'msg_10')],
    ['a missing updated_at is lowest', version(-Infinity, 9, 'z'), version(-62135596800000, 1, 'a')],
    ['a missing id is lowest', version(1, 1, ''), version(1, 1, '-')],
  ])('%s', (_rule, older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(older, { ...older })).toBe(0);
  });

  test('two without updated_at are told apart by the rest', () => {
    expect(compareVersions(version(-Infinity, 1, 'a'), version(-Infinity, 2, 'a'))).toBeLessThan(0);
    expect(compareVersions(version(-Infinity, 1, 'a'), version(-Infinity, 1, 'a'))).toBe(0);
  });

  test('is a total order, and the id compares as Postgres’ "C" collation does', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        if (compareVersions(a, b) === 0) expect(a).toEqual(b);
        const bytes = Buffer.compare(Buffer.from(a.messageId), Buffer.from(b.messageId));
        const [sameA, sameB] = [
          { ...a, updatedAt: 1, eventAt: 1 },
          { ...b, updatedAt: 1, eventAt: 1 },
        ];
        expect(Math.sign(compareVersions(sameA, sameB))).toBe(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('compareCopies', () => {
  test('does not look at updated_at', () => {
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(compareCopies(a, b)).toBe(compareVersions({ ...a, updatedAt: 1 }, { ...b, updatedAt: 1 }));
      }),
    );
  });
});

describe('as columns', () => {
  test('an own object’s version', () => {
    expect(ownVersion(version(1789466400000, 1789466400016, 'msg_1'))).toEqual({
      source_updated_at: '2026-09-15T10:00:00.000Z',
      source_event_at: '2026-09-15T10:00:00.016Z',
      source_message_id: 'msg_1',
    });
    expect(ownVersion(version(-Infinity, 1789466400016, 'msg_1'))).toMatchObject({
      source_updated_at: '-infinity',
    });
  });
});
