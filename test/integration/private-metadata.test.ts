// MIRROR_PRIVATE_METADATA=false on a mirror that has kept it so far: it goes from wherever it stands.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dropPrivateMetadata } from '../../src/retention/drop-private-metadata.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { change } from '../support/fixtures.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror();
});
afterAll(() => mirror.close());

const marker = 'PRIVATE-marker';
/** More than two steps of it. */
const many = 1200;

const marked = async (table: string): Promise<unknown[]> =>
  (await mirror.rows(table)).filter((row) => JSON.stringify(row).includes(marker)).map(({ id }) => id);

test('it goes from more rows and messages than are passed at once, however its key is spelt', async () => {
  const { knex } = mirror.database;
  const event = JSON.stringify(change('user.created', { id: 'user_escaped', private_metadata: { marker } }));
  const escaped = event.replace('"private_metadata"', String.raw`"\u0070rivate_metadata"`);
  expect(escaped).not.toBe(event);
  await mirror.send(escaped, 'msg_escaped');
  await knex.raw(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
    select 'msg_' || n, 'user.created', now(), now(), '{"data":{"private_metadata":"${marker}"}}', 'applied', 1
    from generate_series(1, ${many}) n`);
  await knex.raw(`insert into clerk.users (id, private_metadata, data)
    select 'user_' || n, '"${marker}"', '{"private_metadata":"${marker}"}' from generate_series(1, ${many}) n`);
  for (const table of ['inbox_messages', 'users']) expect(await marked(table)).toHaveLength(many + 1);

  await dropPrivateMetadata(mirror.database, createLogger('silent', false));
  for (const table of ['inbox_messages', 'users']) {
    expect(await marked(table)).toEqual([]);
    expect(await mirror.rows(table)).toHaveLength(many + 1);
  }
});
