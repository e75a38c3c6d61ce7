// replay reads the inbox page by page: none is larger than told, and none is passed over where one ends.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page, Place } from '../../src/inbox/stored-messages.ts';
import { replay } from '../../src/intake/replay.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { change } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const page = (after?: Place): Promise<Page> =>
  inTransaction(mirror.database, { lockMs: 1000, totalMs: 5000 }, (transaction) =>
    mirror.app.replayParts.storedMessages.page(transaction, {}, after),
  );

test('of messages that came at one moment none is passed over where a page ends', async () => {
  await Promise.all(
    Array.from({ length: 250 }, (_, n) => mirror.send(change('user.created', { id: `user_${n}` }))),
  );
  await mirror.database.knex.raw(`update clerk.inbox_messages set received_at = '2026-01-01'`);
  expect(await replay(mirror.app.replayParts, {})).toMatchObject({
    seen: 250,
    applied: 250,
    failed: [],
    stoppedBy: null,
  });
});

test('pages end by bytes, not only by number', async () => {
  const large = 'x'.repeat(900_000);
  for (let index = 0; index < 12; index++)
    await mirror.send(change('user.created', { id: `user_${index}`, public_metadata: { large } }));
  const first = await page();
  expect(first.messages.length).toBeGreaterThan(5);
  expect(first.messages.length).toBeLessThan(10);
  const second = await page(first.next);
  expect(first.messages.length + second.messages.length).toBe(12);
  expect(second.next).toBeUndefined();
  expect(await replay(mirror.app.replayParts, {})).toMatchObject({ seen: 12, applied: 12 });
});
