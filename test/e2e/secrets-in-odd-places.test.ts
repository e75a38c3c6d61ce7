// Secrets and rows where nobody expects them: in a part of the address that is no password by its form, in a failure that looks like a stack.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { findLeaks } from '../support/leaks.ts';
import { mark } from '../support/marks.ts';
import { newMessageId, openMirror } from '../support/mirror.ts';
import { runProcess } from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(templateName);
});
afterAll(async () => {
  await database.drop();
});

const cli = async (args: string, settings: Record<string, string>): Promise<[number | null, string]> => {
  const { code, stdout, stderr } = await runProcess('cli.ts', args.split(' '), settings);
  return [code, stdout + stderr];
};

describe('a password', () => {
  test.each(['status', 'status --json', 'doctor'])(
    'in the query of DATABASE_URL is not shown by %s',
    async (args) => {
      const url = new URL(database.url);
      const { password } = url;
      url.password = '';
      url.searchParams.set('password', password);
      const [code, said] = await cli(args, { DATABASE_URL: url.href });
      // It is the right one: the database was asked.
      expect(said).toMatch(args === 'doctor' ? /up to date/ : /"?schema"?/);
      expect([0, args === 'doctor' ? 1 : 0]).toContain(code);
      expect(findLeaks(said, [password])).toEqual([]);
    },
  );

  test('that makes the address read as another host is not quoted with it', async () => {
    const password = mark();
    const url = database.url.replace(/:[^:@/]+@/, `:12/${password}@`);
    const [code, said] = await cli('status', { DATABASE_URL: url });
    expect([1, 2]).toContain(code);
    expect(said).toMatch(/DATABASE_URL/);
    expect(findLeaks(said, [password])).toEqual([]);
  });
});

test('a name in the shape of a line of a stack is not printed with the stack of a failure', async () => {
  const mirror = await openMirror({}, database);
  try {
    const name = `x\n    at ${mark()} (file:///app/main.ts:1:1)`;
    const data = { object: 'user', id: 'user_stack', first_name: name, updated_at: Date.now() };
    await mirror.send({ object: 'event', type: 'user.created', data, timestamp: Date.now() }, newMessageId());
    await mirror.database.knex.raw(`create schema unreadable;
      create table unreadable.migrations as table clerk.migrations;
      create view unreadable.inbox_messages as
        select first_name::integer::text as state, ''::text as type, now() as received_at from clerk.users`);
    const [code, said] = await cli('status', { DATABASE_URL: database.url, DATABASE_SCHEMA: 'unreadable' });
    expect(code).toBe(1);
    expect(said).toMatch(/postgres 22P02.*\n(?: +at .*\n)+/);
    expect(findLeaks(said, [])).toEqual([]);
  } finally {
    await mirror.close();
  }
});
