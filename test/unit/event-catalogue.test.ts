// The event map: what it says of each type agrees with the example events, with the projections and with docs/EVENTS.md.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { documentFile, documents, formatted } from '../../generate/documents.ts';
import { eventCatalogue, eventTypes, isEventType } from '../../src/clerk/event-payloads.ts';
import { createRegistry } from '../../src/intake/registry.ts';
import { projections } from '../../src/projections/index.ts';
import { compile } from '../support/compile.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';

const folder = 'test/unit';

describe('the map', () => {
  test('knows 45 current types, 5 doubtful ones and 2 old spellings', () => {
    const count = (status: string): number =>
      eventTypes.filter((type) => eventCatalogue[type].status === status).length;
    expect({
      all: eventTypes.length,
      current: count('current'),
      doubtful: count('doubtful'),
      obsolete: count('obsolete'),
    }).toEqual({ all: 52, current: 45, doubtful: 5, obsolete: 2 });
  });

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

  test('would not compile with a field too many, too few, or of another type', () => {
    const { email_addresses, ...others } = fixture('user.created').data;
    const wrong = (data: object): string =>
      `import type { ClerkWebhookEvent } from '../../src/clerk/event-payloads.ts';
export const event: ClerkWebhookEvent<'user.created'> = ${JSON.stringify({ ...fixture('user.created'), data })};\n`;
    const found = mistakes(
      compile([], {
        [`${folder}/many.ts`]: wrong({ ...others, email_addresses, emails: [] }),
        [`${folder}/few.ts`]: wrong(others),
        [`${folder}/other.ts`]: wrong({ ...others, email_addresses, created_at: '2026-09-15' }),
      }),
    );
    expect(found.toSorted()).toEqual([
      expect.stringMatching(/^few\.ts:1: Property 'email_addresses' is missing/),
      expect.stringMatching(/^many\.ts:1: .*"emails"' does not exist in type 'User'/),
      expect.stringMatching(/^other\.ts:1: Type 'string' is not assignable to type 'number'/),
    ]);
  });
});

/** `user.created.example.ts:12: what is wrong`, one line each. */
function mistakes(program: ts.Program): string[] {
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line;
    const text = ts.flattenDiagnosticMessageText(messageText, '\n').replaceAll(/\n\s*/g, ' ');
    return `${file?.fileName.split('/').at(-1) ?? ''}:${line}: ${text}`;
  });
}

describe('the projections', () => {
  test('claim every type of the map, each once, and no other', () => {
    // createRegistry throws where two claim one.
    expect([...createRegistry(projections).keys()].sort()).toEqual(eventTypes.toSorted());
  });

  test.each(eventTypes)('%s carries what the map says, and only the end of an object deletes it', (type) => {
    const effect = createRegistry(projections).get(type);
    expect(effect).toMatchObject({
      carries: eventCatalogue[type].carries !== 'remains',
      deletes: type.endsWith('.deleted'),
    });
  });
});

describe('docs/EVENTS.md', () => {
  const path = 'docs/EVENTS.md';
  const stored = readFileSync(documentFile(path), 'utf8');

  test('has one row for each type', () => {
    const rows = [...stored.matchAll(/^\| `([\w.]+)`/gm)].map(([, type]) => type);
    expect(rows).toEqual(eventTypes);
  });

  test('is what the map and the projections make today', async () => {
    const made = await formatted(path, await documents.find((each) => each.path === path)!.make());
    if (made !== stored)
      throw new Error(`${path} is out of date: run \`node generate/main.ts\` and commit what it writes`);
  });
});
