// Every table, view and column says what it means, in Postgres itself.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Knex } from 'knex';
import { commentOn } from '../../migrations/comments/comment-on.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { templateName } from '../support/template.ts';

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await createDatabase(templateName);
  database = connect({ url: own.url, schema: 'clerk', poolMax: 1 });
});

afterAll(async () => {
  await database.close();
  await own.drop();
});

interface Described {
  readonly relation: string;
  readonly column: string | null;
  readonly text: string | null;
}

/** Every table and view, and every column of them, with its comment. */
async function described(knex: Knex): Promise<Described[]> {
  const { rows } = await knex.raw<{ rows: Described[] }>(
    `select c.relname as relation, a.attname as column, d.description as text
      from pg_class c
      join (select attrelid, attnum, attname from pg_attribute where attnum > 0 and not attisdropped
        union all select oid, 0, null from pg_class) a on a.attrelid = c.oid
      left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid and d.objsubid = a.attnum
      where c.relnamespace = 'clerk'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      order by c.relname, a.attnum`,
  );
  return rows;
}

const place = ({ relation, column }: Described): string =>
  column === null ? relation : `${relation}.${column}`;

test('no table, view or column is without comment', async () => {
  const all = await described(database.knex);
  expect(all.map(place)).toEqual(
    expect.arrayContaining(['users', 'users.id', 'active_sessions', 'active_sessions.expire_at']),
  );
  expect(all.filter(({ text }) => (text ?? '').trim() === '').map(place)).toEqual([]);
});

test("a view's columns say what its table's say", async () => {
  const all = new Map((await described(database.knex)).map((each) => [place(each), each.text]));
  for (const table of ['users', 'organizations', 'sessions']) {
    const columns = [...all].filter(
      ([name, text]) => name.startsWith(`${table}.`) && text?.startsWith('Private:') !== true,
    );
    expect(columns.length).toBeGreaterThan(15);
    for (const [name, text] of columns) expect([name, all.get(`active_${name}`)]).toEqual([name, text]);
  }
});

test('comments are sentences that fit on a screen', async () => {
  const wrong = (await described(database.knex)).filter(
    ({ text }) => text !== null && (!/^\S.*[.…]$/.test(text) || text.length > 400),
  );
  expect(wrong.map((each) => `${place(each)}: ${each.text}`)).toEqual([]);
});

test.each([
  ['column', { users: { columns: { not_there: 'A column that is not there.' } } }, '42703'],
  ['table', { not_there: { table: 'A table that is not there.', columns: {} } }, '42P01'],
])('a comment on a %s that is not there stops the migration', async (_, comments, code) => {
  await expect(commentOn(database.knex, 'clerk', comments)).rejects.toMatchObject({ code });
});

test('a later migration comments its own column, whatever the text holds', async () => {
  const text = `Its 'own' "text": is it safe? A \\ and a ?? and $1 are.`;
  await database.knex.transaction(
    async (trx) => {
      await trx.raw('alter table clerk.users add column added text');
      const added = async (): Promise<Described[]> =>
        (await described(trx)).filter(({ column }) => column === 'added');
      expect(await added()).toEqual([{ relation: 'users', column: 'added', text: null }]);
      await commentOn(trx, 'clerk', { users: { columns: { added: text } } });
      expect(await added()).toEqual([{ relation: 'users', column: 'added', text }]);
      await trx.rollback();
    },
    { doNotRejectOnRollback: true },
  );
});
