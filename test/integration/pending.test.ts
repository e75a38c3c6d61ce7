// Messages that wait to be tried again: how long, by whom, and what is left of a failure that came too late.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPending, mostAttempts } from '../../src/inbox/pending.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { statement, type Connection } from '../../src/database/statement.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const pending = createPending('clerk', { keepPrivateMetadata: true });
const briefly = <T>(work: (transaction: Connection) => Promise<T>): Promise<T> =>
  inTransaction(mirror.database, { lockMs: 1000, totalMs: 3000 }, work);
const set = (sql: string): Promise<unknown> => mirror.database.knex.raw(sql);

describe('a message that failed waits', () => {
  const count = 40;
  const waits = statement(`select min(wait)::float8 as least, max(wait)::float8 as most from (
    select extract(epoch from next_attempt_at - now()) as wait from clerk.inbox_messages) as waits`);

  test.each([
    [1, 20],
    [2, 80],
    [3, 320],
    [5, 5120],
    [6, 20_480],
    // Six hours at the most.
    [7, 21_600],
    [mostAttempts - 1, 21_600],
  ])('after %i attempts %i s, and up to a quarter longer, each its own', async (attempts, seconds) => {
    await set(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts, next_attempt_at)
      select 'msg_' || n, 'user.created', now(), now(), '{"type":"user.created","data":{}}', 'pending', ${attempts}, now()
      from generate_series(1, ${count}) n`);
    const { least, most } = await briefly(async (transaction) => {
      for (let each = 0; each < count; each++)
        expect(await pending.claim(transaction)).toMatchObject({ state: 'pending' });
      return (await transaction.run<{ least: number; most: number }>(waits, []))[0]!;
    });
    expect(least).toBeGreaterThanOrEqual(seconds);
    expect(most).toBeLessThanOrEqual(seconds * 1.25);
    // Forty draws: that all lie this near to each other happens once in a million million runs.
    expect(most - least).toBeGreaterThan(seconds / 10);
  });
});

test('two replicas never try one message at once, nor does one wait for the other', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  await mirror.send(fixture('organization.created'), 'msg_2');
  await set(`update clerk.inbox_messages set state = 'pending', next_attempt_at = now()`);
  const claims = await briefly(async (one) => {
    const first = await pending.claim(one);
    return [
      first,
      await briefly((other) => pending.claim(other)),
      await briefly((other) => pending.claim(other)),
    ];
  });
  const ids = claims.map((claim) => (claim?.state === 'pending' ? claim.message.id : claim));
  expect(ids.slice(0, 2).sort()).toEqual(['msg_1', 'msg_2']);
  expect(ids[2]).toBeUndefined();
});

test('a failure leaves nothing on a message whose commit had come through after all', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  const before = await mirror.message('msg_1');
  const failed = await briefly((transaction) => pending.fail(transaction, 'msg_1', new Error('too late')));
  expect(failed).toBe('applied');
  expect(before).toMatchObject({ state: 'applied', last_error: null, next_attempt_at: null });
  expect(await mirror.message('msg_1')).toEqual(before);
});

test('of foreign messages only those of what is now our instance become pending', async () => {
  const first = await openMirror({ CLERK_INSTANCE_ID: 'ins_first' }, mirror);
  await first.send(change('user.created', { id: 'user_a' }, { instance_id: 'ins_second' }), 'msg_a');
  await first.send(change('user.created', { id: 'user_b' }, { instance_id: 'ins_third' }), 'msg_b');
  await first.close();
  const second = await openMirror({ CLERK_INSTANCE_ID: 'ins_second' }, mirror);
  await second.app.recallInstance();
  expect(await mirror.message('msg_a')).toMatchObject({ state: 'pending' });
  while (await second.app.retry.runOnce());
  await second.close();
  expect(await mirror.message('msg_a')).toMatchObject({ state: 'applied' });
  expect(await mirror.message('msg_b')).toMatchObject({ state: 'foreign', attempts: 0 });
  expect((await mirror.rows('users')).map(({ id }) => id)).toEqual(['user_a']);
});
