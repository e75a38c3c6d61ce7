// Histories in which somebody else writes too: an application's open transaction, a page read from Clerk's API.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/clerk/json.ts';
import { createApply } from '../../src/apply/apply.ts';
import type { Change, Changes } from '../../src/apply/changes.ts';
import { projections } from '../../src/projections/index.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

const userId = String(fixture('user.created').data.id);
const membershipId = String(fixture('organizationMembership.created').data.id);
const userGone = new Date(fixture('user.deleted').timestamp);

const retryNow = async (): Promise<void> => {
  await mirror.database.knex.raw(
    `update clerk.inbox_messages set next_attempt_at = now() where state = 'pending'`,
  );
  while (await mirror.app.retry.runOnce());
};

test.each(['committed', 'rolled back'])(
  "an application's open transaction holds a bare id, and is %s: its events wait, nobody else's do",
  async (end) => {
    const open = await mirror.database.knex.transaction();
    await open.withSchema('clerk').insert({ id: userId }).into('users');
    const answers = await Promise.all([
      mirror.send(fixture('user.created'), 'msg_held'),
      mirror.send(fixture('session.created'), 'msg_below'),
      ...[1, 2, 3].map((index) => mirror.send(change('user.created', { id: `user_free_${index}` }))),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    // While the transaction is still open. On a busy machine a row may need a second try.
    await until("nobody else's wait", async () => {
      await retryNow();
      return (await mirror.rows('users')).length === 3;
    });
    await (end === 'committed' ? open.commit() : open.rollback());
    await retryNow();
    for (const id of ['msg_held', 'msg_below'])
      expect(await mirror.message(id)).toMatchObject({ state: 'applied' });
    expect(await mirror.row('users', userId)).toMatchObject({ source_message_id: 'msg_held' });
  },
);

/** As backfill will write it: the object as of the moment Clerk answered, which no message brought. */
async function writePage(table: string, object: JsonObject, answeredAt: number): Promise<void> {
  const updatedAt = Number(object.updated_at);
  const row: Change = {
    id: String(object.id),
    own: { object, version: { updatedAt, eventAt: answeredAt, messageId: '' } },
  };
  const owners = projections
    .find((projection) => projection.table === table)!
    .owners.map(
      ({ table: of, idOf }) =>
        [of, new Map<string, Change>([[idOf(object)!, { id: idOf(object)! }]])] as const,
    );
  const changes: Changes = new Map([[table, new Map([[row.id, row]])], ...owners]);
  const options = { lockMs: 1000, totalMs: 3000, again: false };
  await createApply(mirror.database).write(changes, options, () => Promise.resolve());
}

test('a page is read from the API, the user is deleted, the page is written: the user stays deleted', async () => {
  const answeredAt = Date.now();
  const asRead = { ...fixture('user.created').data, first_name: 'As the API had it', updated_at: answeredAt };
  await mirror.send(fixture('user.created'));
  await mirror.send(fixture('user.deleted'));
  await writePage('users', asRead, answeredAt);
  expect(await mirror.row('users', userId)).toMatchObject({
    deleted_at: userGone,
    first_name: 'As the API had it',
  });
  await writePage('organization_memberships', fixture('organizationMembership.created').data, answeredAt);
  expect(await mirror.row('organization_memberships', membershipId)).toMatchObject({ deleted_at: userGone });
});

test('a page is older than what webhooks brought meanwhile: it changes nothing', async () => {
  await mirror.send(change('user.updated', { first_name: 'newer', updated_at: 1_789_500_000_001 }), 'msg_1');
  await writePage('users', { ...fixture('user.created').data, updated_at: 1_789_500_000_000 }, Date.now());
  expect(await mirror.row('users', userId)).toMatchObject({
    first_name: 'newer',
    source_message_id: 'msg_1',
  });
});
