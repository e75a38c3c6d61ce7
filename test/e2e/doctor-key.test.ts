// doctor as a process, with a key of the Backend API: what it finds, and that the key itself is never shown.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { refusal, startScriptedClerk, type ScriptedClerk } from '../support/scripted-clerk.ts';
import { runProcess } from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

let own: TestDatabase;
let clerk: ScriptedClerk;

beforeAll(async () => {
  own = await createDatabase(templateName);
  clerk = await startScriptedClerk('ins_doctor');
});
afterAll(async () => {
  await clerk.close();
  await own.drop();
});

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly detail: string;
  readonly mend?: string;
}

async function examine(environment: Readonly<Record<string, string>>): Promise<Finding | undefined> {
  const settings = { DATABASE_URL: own.url, CLERK_API_URL: clerk.url, LOG_LEVEL: 'debug', ...environment };
  const { stdout, stderr } = await runProcess('cli.ts', ['doctor', '--json'], settings);
  expect(stdout + stderr).not.toContain(clerk.key.slice(8));
  return (JSON.parse(stdout) as Finding[]).find(({ check }) => check === 'clerk');
}

test('no key, a key that works, one of another instance, a wrong one, one that cannot be one', async () => {
  const key = { CLERK_SECRET_KEY: clerk.key };
  expect(await examine({})).toBeUndefined();
  expect(await examine(key)).toEqual({
    check: 'clerk',
    result: 'ok',
    detail: 'the key works: development instance ins_doctor',
  });
  expect(await examine({ ...key, CLERK_INSTANCE_ID: 'ins_other' })).toMatchObject({
    result: 'problem',
    detail: expect.stringContaining('CLERK_INSTANCE_ID says ins_other'),
  });
  expect(await examine({ CLERK_SECRET_KEY: `${clerk.key}x` })).toMatchObject({
    result: 'problem',
    mend: expect.stringContaining('key'),
  });
  expect(await examine({ CLERK_SECRET_KEY: `${clerk.key} ${clerk.key}` })).toMatchObject({
    result: 'problem',
  });
});

test('a schema that is not migrated, a database that is away, a Clerk that breaks: said', async () => {
  const key = { CLERK_SECRET_KEY: clerk.key };
  expect(await examine({ ...key, DATABASE_SCHEMA: 'elsewhere' })).toMatchObject({ result: 'ok' });
  expect(await examine({ ...key, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })).toMatchObject({
    result: 'ok',
  });
  clerk.answers.set('/instance', refusal(500, 'internal_clerk_error'));
  expect(await examine(key)).toMatchObject({ result: 'problem', mend: expect.any(String) });
});
