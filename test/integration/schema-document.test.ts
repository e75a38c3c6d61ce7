// docs/SCHEMA.md is what a migrated database says today.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { documentFile, documents, formatted } from '../../generate/documents.ts';
import { schemaDocument } from '../../generate/schema-document.ts';
import { withThrowAwayDatabase } from '../../generate/throw-away-database.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { templateName } from '../support/template.ts';

const path = 'docs/SCHEMA.md';
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

const made = async (knex = database.knex): Promise<string> =>
  formatted(path, await schemaDocument(knex, 'clerk'));

test(`${path} is up to date`, async () => {
  const stored = readFileSync(documentFile(path), 'utf8').split('\n');
  const now = (await made()).split('\n');
  const line = now.findIndex((each, index) => each !== stored[index]);
  if (line !== -1 || now.length !== stored.length)
    throw new Error(
      `${path} is out of date from line ${line === -1 ? now.length : line + 1} on: it should say\n${now[line] ?? 'nothing more'}\nand says\n${stored[line] ?? 'nothing'}\nRun \`node generate/main.ts\` and commit what it writes.`,
    );
});

test('it shows what there is: another column, key, index, check, comment', async () => {
  const before = await made();
  await database.knex.transaction(
    async (trx) => {
      await trx.raw(`create table clerk.things (id text primary key check (id <> ''), user_id text references clerk.users on delete cascade, "at" timestamptz not null);
      create unique index on clerk.things (lower(user_id), "at") where user_id is not null;
      comment on table clerk.things is 'Things | of a <user>.';
      create view clerk.thing_names as select id, name from clerk.things join clerk.organizations using (id)`);
      const after = new Set((await made(trx)).split('\n').filter((line) => !before.includes(line)));
      expect([...after].map((line) => line.replaceAll(/ +/g, ' ').trim())).toEqual(
        expect.arrayContaining([
          'users |o--o{ things : user_id',
          'things {',
          '### things',
          'Things \\| of a &lt;user>.',
          '| `at` | timestamptz | no | |',
          '- Foreign keys: `user_id` → [users](#users) (`id`) on delete cascade',
          "- Checks: `id <> ''::text`",
          '- Indexes: `lower(user_id), at` unique where `user_id IS NOT NULL`',
          '### thing_names',
        ]),
      );
      await trx.raw(
        'drop view clerk.thing_names; drop table clerk.things; drop index clerk.users_primary_email_address_index',
      );
      expect(await made(trx)).not.toBe(before);
      await trx.rollback();
    },
    { doNotRejectOnRollback: true },
  );
});

test('the command makes the same, in a Postgres of which nothing is left', async () => {
  const document = documents.find((each) => each.path === path);
  expect(await formatted(path, (await document?.make()) ?? '')).toBe(await made());
  const folder = await withThrowAwayDatabase(async (knex) => {
    const { rows } = await knex.raw<{ rows: { data_directory: string }[] }>('show data_directory');
    return rows[0]?.data_directory ?? '';
  });
  expect(folder).not.toBe('');
  expect(existsSync(folder)).toBe(false);
});
