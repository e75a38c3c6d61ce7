// A command that an operator stops from the page of another process.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { openPages, type OperatorPages } from '../support/operator-pages.ts';
import { runProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';

const pageOfClerk = 500;
const third = Promise.withResolvers<undefined>();
let clerk: FakeClerk;
let mirror: TestMirror;
let pages: OperatorPages;

beforeAll(async () => {
  const tenant = new Tenant({ seed: 'stopped', start: Date.UTC(2025, 9, 1) });
  tenant.addEarlierUsers(2.5 * pageOfClerk);
  let lists = 0;
  const watch = async (path: string): Promise<void> => {
    if (path === '/users' && ++lists > 2) await third.promise;
  };
  clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', watch });
  mirror = await openMirror();
  pages = await openPages(mirror.app.operatorApp);
});
afterAll(async () => {
  await pages.close();
  await mirror.close();
  await clerk.close();
});

test('it ends, says who stopped it, and nothing of its page is half written', async () => {
  const settings = { DATABASE_URL: mirror.url, CLERK_SECRET_KEY: clerk.key, CLERK_API_URL: clerk.url };
  const command = runProcess('cli.ts', ['backfill', 'users'], settings, 110_000);
  const run = async (): Promise<{ id?: string; counts?: { rows?: number } } | undefined> =>
    (await mirror.rows('sync_runs'))[0];
  await until('two pages are written', async () => (await run())?.counts?.rows === 2 * pageOfClerk);
  await pages.outcome((await pages.press(`/sync/stop?run=${(await run())?.id ?? ''}`)).deed);
  third.resolve(undefined);
  const { code, stdout, stderr } = await command;
  expect(code).toBe(1);
  expect(stdout).toContain('users is not finished: stopped by an operator');
  expect(stderr).toContain('Run it again: it goes on where it stopped.');
  expect(stdout + stderr).not.toContain('taken over');
  expect(await mirror.rows('users')).toHaveLength(2 * pageOfClerk);
});
