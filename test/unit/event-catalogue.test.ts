// The event map: what it says of each type agrees with the example events, with the projections and with docs/EVENTS.md.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { documentFile, documents, formatted } from '../../generate/documents.ts';
import { eventCatalogue, eventTypes, isEventType } from '../../src/clerk/event-payloads.ts';
import { createRegistry } from '../../src/apply/registry.ts';
import { projections } from '../../src/projections/index.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { sessions } from '../../src/projections/sessions.ts';
import { users } from '../../src/projections/users.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';

describe('the map', () => {
  test('says why a type is doubtful, and how an obsolete one is spelt now', () => {
    for (const type of eventTypes) {
      const { status, note, replacedBy, object } = eventCatalogue[type];
      expect({ type, hasNote: note !== '', isReplaced: replacedBy !== null }).toEqual({
        type,
        hasNote: status === 'doubtful',
        isReplaced: status === 'obsolete',
      });
      if (replacedBy === null) continue;
      expect(isEventType(replacedBy) && eventCatalogue[replacedBy]).toMatchObject({
        status: 'current',
        object,
      });
    }
  });

  test.each(['user.create', 'USER.CREATED', '', 'toString', '__proto__', 'constructor'])(
    'does not know %p',
    (text) => {
      expect(isEventType(text)).toBe(false);
    },
  );
});

describe('the example events', () => {
  test('are one for each type, and no other', () => {
    expect(fixtureTypes.toSorted()).toEqual(eventTypes.toSorted());
  });

  test.each(eventTypes)('%s is of the kind of object that the map says', (type) => {
    const { object, carries } = eventCatalogue[type];
    const { data, ...envelope } = fixture(type);
    expect(envelope.type).toBe(type);
    // Payment attempts come without `object`.
    expect(data.object ?? 'commerce_payment_attempt').toBe(object);
    expect(data.deleted === true).toBe(carries !== 'object');
  });
});

describe('the projections', () => {
  const registry = createRegistry(projections);

  test('claim every type of the map, and no other', () => {
    expect([...registry.keys()].sort()).toEqual(eventTypes.toSorted());
  });

  test.each(eventTypes)('%s carries what the map says, and only the end of an object deletes it', (type) => {
    expect(registry.get(type)).toMatchObject({
      carries: eventCatalogue[type].carries !== 'remains',
      deletes: type.endsWith('.deleted'),
    });
  });

  test.each<[string, Projection]>([
    ['both carry it', { ...sessions, carriedBy: ['user.updated'] }],
    ['one carries what the other deletes', { ...sessions, deletedBy: ['user.updated'] }],
    ['the same projection is listed twice', users],
  ])('a type claimed twice stops the start, and is named: %s', (_case, second) => {
    expect(() => createRegistry([users, second])).toThrow(/two projections claim the event type user\.\w+/);
  });
});

describe('docs/EVENTS.md', () => {
  const path = 'docs/EVENTS.md';
  const stored = readFileSync(documentFile(path), 'utf8');

  test('is what the map and the projections make today', async () => {
    const made = await formatted(path, await documents.find((each) => each.path === path)!.make());
    if (made !== stored)
      throw new Error(`${path} is out of date: run \`node generate/main.ts\` and commit what it writes`);
  });
});
