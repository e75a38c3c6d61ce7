// What is written of a child set: nothing by a repetition, one row by a change of one, all of it by a replay.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { replay } from '../../src/intake/replay.ts';
import { change, fixture } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openMirror();
});
beforeEach(() => mirror.empty());
afterAll(() => mirror.close());

type Address = Record<string, unknown> & { readonly id: string };
const addresses = fixture('user.created').data.email_addresses as readonly Address[];
const [home, work] = addresses as [Address, Address];
const newer = Number(fixture('user.created').data.updated_at) + 60_000;

/** Where each row's newest version lies, and who wrote it: both change with any write. */
async function places(): Promise<Record<string, string>> {
  const { rows } = await mirror.database.knex.raw<{ rows: { id: string; place: string }[] }>(
    `select id, ctid::text || ' ' || xmin::text as place from clerk.email_addresses order by id`,
  );
  return Object.fromEntries(rows.map(({ id, place }) => [id, place]));
}

test('a repetition writes nothing, and neither does a newer version with the same set', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  const before = await places();
  expect(Object.keys(before)).toEqual([home.id, work.id].sort());
  await mirror.send(fixture('user.created'), 'msg_1');
  expect(await places()).toEqual(before);
  await mirror.send(change('user.created', { first_name: 'Changed', updated_at: newer }), 'msg_2');
  expect(await mirror.rows('users')).toMatchObject([{ first_name: 'Changed', source_message_id: 'msg_2' }]);
  expect(await places()).toEqual(before);
});

test('a change of one, one that is new and one that is gone: the others stay where they are', async () => {
  await mirror.send(fixture('user.created'));
  const before = await places();
  const changed = { ...work, email_address: 'changed@post.example' };
  await mirror.send(change('user.created', { email_addresses: [home, changed], updated_at: newer }));
  const after = await places();
  expect(after[home.id]).toBe(before[home.id]);
  expect(after[work.id]).not.toBe(before[work.id]);
  expect(await mirror.row('email_addresses', work.id)).toMatchObject({
    email_address: 'changed@post.example',
  });

  const added = { ...home, id: 'idn_added' };
  await mirror.send(change('user.created', { email_addresses: [home, added], updated_at: newer + 1 }));
  expect(await places()).toEqual({ [home.id]: before[home.id], idn_added: expect.any(String) });
});

test('columns that an older mapping wrote: a repetition leaves them, a replay writes them again', async () => {
  await mirror.send(fixture('user.created'), 'msg_1');
  await mirror.database.knex.raw(
    `update clerk.email_addresses set email_address = 'as an older version mapped it'`,
  );
  const before = await places();
  await mirror.send(fixture('user.created'), 'msg_1');
  expect(await places()).toEqual(before);
  expect(await replay(mirror.app.replayParts, {}, { after: undefined })).toMatchObject({
    applied: 1,
    failed: [],
  });
  for (const { id, email_address } of addresses)
    expect(await mirror.row('email_addresses', id)).toMatchObject({ email_address });
});
