// The envelope: what is an event, whose it is, and when it happened.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEvent, usableId } from '../../src/clerk/event.ts';
import { isoTime, timeOf } from '../../src/clerk/time.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';

const attemptedAt = Date.parse('2026-11-01T10:00:00Z');
const parse = (value: unknown): ReturnType<typeof parseEvent> =>
  parseEvent(JSON.stringify(value), attemptedAt);

describe('parseEvent', () => {
  test('reads every fixture', () => {
    for (const type of fixtureTypes) {
      const text = JSON.stringify(fixture(type));
      const envelope = JSON.parse(text) as { timestamp: number; instance_id: string; data: { id: string } };
      expect(parseEvent(text, attemptedAt)).toEqual({
        type,
        hasTime: true,
        data: envelope.data,
        subjectId: envelope.data.id,
        instanceId: envelope.instance_id,
        occurredAt: envelope.timestamp,
      });
    }
  });

  test.each([
    ['no JSON', 'user.created'],
    ['nothing', ''],
    ['a byte order mark', '\uFEFF{"type":"user.created","data":{}}'],
    ['half an object', '{"type":"user.created","data":{}'],
    ['two objects', '{"type":"a","data":{}}{}'],
    ['an array', '[{"type":"user.created","data":{}}]'],
    ['null', 'null'],
    ['a string', '"user.created"'],
    ['no type', '{"data":{}}'],
    ['a type that is a number', '{"type":1,"data":{}}'],
    ['a type that is null', '{"type":null,"data":{}}'],
    ['no data', '{"type":"user.created"}'],
    ['data that is null', '{"type":"user.created","data":null}'],
    ['data that is an array', '{"type":"user.created","data":[]}'],
    ['data that is a string', '{"type":"user.created","data":"{}"}'],
  ])('is undefined for %s', (_what, text) => {
    expect(parseEvent(text, attemptedAt)).toBeUndefined();
  });

  test('takes the smallest event there is', () => {
    expect(parse({ type: '', data: {} })).toEqual({
      type: '',
      hasTime: false,
      data: {},
      subjectId: null,
      instanceId: null,
      occurredAt: attemptedAt,
    });
  });

  test.each([
    ['its timestamp', { timestamp: 1789466400016, updated_at: 1 }, 1789466400016],
    ['its timestamp in seconds', { timestamp: 1716883200 }, 1716883200000],
    ['data.updated_at without a timestamp', { updated_at: 1789466400000 }, 1789466400000],
    ['data.updated_at in seconds', { updated_at: 1716883200 }, 1716883200000],
    ['the first attempt without either', {}, attemptedAt],
    [
      'the first attempt, where they are no times',
      { timestamp: '1789466400016', updated_at: null },
      attemptedAt,
    ],
    [
      'data.updated_at, where the timestamp is beyond any calendar',
      { timestamp: 1e300, updated_at: 1789466400000 },
      1789466400000,
    ],
    ['0, which is a time', { timestamp: 0 }, 0],
  ])(
    'happened at %s',
    (_what, { timestamp, updated_at }: { timestamp?: unknown; updated_at?: unknown }, expected) => {
      expect(parse({ type: 'user.created', timestamp, data: { updated_at } })?.occurredAt).toBe(expected);
    },
  );

  test('text that no column can hold is replaced, and what is too long is cut', () => {
    const event = parse({ type: 'a\0b', instance_id: 'ins\ud800', data: { id: 'user\0' } });
    expect(event).toMatchObject({ type: 'a\uFFFDb', instanceId: 'ins\uFFFD', subjectId: null });
    const long = parse({ type: 'x'.repeat(5000), instance_id: 'i'.repeat(5000), data: {} });
    expect([long?.type.length, long?.instanceId?.length]).toEqual([200, 200]);
  });

  test('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseEvent(text, attemptedAt)));
    fc.assert(
      fc.property(
        fc.record({
          type: fc.jsonValue(),
          data: fc.jsonValue(),
          timestamp: fc.jsonValue(),
          instance_id: fc.jsonValue(),
        }),
        (envelope) => {
          const event = parse(envelope);
          const { type, data } = envelope;
          const isEvent =
            typeof type === 'string' && typeof data === 'object' && data !== null && !Array.isArray(data);
          expect(event !== undefined).toBe(isEvent);
          if (event !== undefined) expect(isoTime(event.occurredAt)).toMatch(/^\d{4}-/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('usableId', () => {
  test.each(['user_37Za5BjBAGKvSma8js0KBp0Z5oN', 'x', '🚀', 'x'.repeat(255), ' '])('%s is one', (id) => {
    expect(usableId(id)).toBe(id);
  });

  test.each([undefined, null, '', 7, true, {}, ['user_1'], 'x'.repeat(256), 'a\0b', '\ud800'])(
    '%j is none',
    (id) => {
      expect(usableId(id)).toBeNull();
    },
  );
});

describe('timeOf', () => {
  test.each([
    [1789466400016, 1789466400016],
    [1789466400, 1789466400000],
    [99_999_999_999, 99_999_999_999_000],
    [100_000_000_000, 100_000_000_000],
    [1716883200.5, 1716883200500],
    [1789466400016.4, 1789466400016],
    [0, 0],
    [-1, -1000],
  ])('%d', (value, expected) => {
    expect(timeOf(value)).toBe(expected);
  });

  test.each([
    NaN,
    Infinity,
    -Infinity,
    1e300,
    -1e300,
    253402300800000,
    '1789466400016',
    null,
    undefined,
    {},
    true,
  ])('%p is no time', (value) => {
    expect(timeOf(value)).toBeUndefined();
  });

  test('what is a time can be written', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const ms = timeOf(value);
        if (ms !== undefined) expect(isoTime(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }),
    );
  });
});
