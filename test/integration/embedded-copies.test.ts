// A copy of an owner inside another object's event: it fills the row it is of, unless that is another's, or erased.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { prune } from '../../src/retention/prune.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror({ ERASE_DELETED_AFTER_DAYS: '0' });
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const user = fixture('session.created').data.user as Record<string, unknown>;
const userId = String(user.id);

test('of somebody else than the owner it names: nobody is filled with it', async () => {
  await mirror.send(
    change('session.created', { user_id: 'user_a', user: { ...user, id: 'user_b' } }),
    'msg_1',
  );
  expect(await mirror.message('msg_1')).toMatchObject({ state: 'applied' });
  expect(await mirror.rows('users')).toEqual([
    expect.objectContaining({ id: 'user_a', first_name: null, data: null, source_message_id: null }),
  ]);
  expect(await mirror.rows('email_addresses')).toEqual([]);
});

test('without an id: it is the owner’s', async () => {
  const { id: _id, ...nameless } = user;
  await mirror.send(change('session.created', { user_id: 'user_a', user: nameless }));
  expect(await mirror.row('users', 'user_a')).toMatchObject({ first_name: user.first_name });
});

test('newer than the erasure of a user that only copies had reached: the user stays erased', async () => {
  const at = fixture('session.created').timestamp;
  await mirror.send(change('session.created', { id: 'sess_1' }, { timestamp: at }));
  expect(await mirror.row('users', userId)).toMatchObject({ first_name: user.first_name });
  await mirror.send(fixture('user.deleted'));
  expect(await prune(mirror.app.pruneParts)).toMatchObject({ rows: 2, failed: [], stoppedBy: null });
  const erased = await mirror.row('users', userId);
  expect(erased).toMatchObject({ first_name: null, data: null, erased_at: expect.any(Date) });
  await mirror.send(change('session.created', { id: 'sess_2' }, { timestamp: at + 10_000_000_000 }));
  expect(await mirror.row('users', userId)).toEqual(erased);
  expect(await mirror.rows('email_addresses')).toEqual([]);
});
