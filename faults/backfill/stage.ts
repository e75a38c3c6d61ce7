// A tenant with a past, a fake Clerk over it, a service that has its key, and a Postgres of their own.

import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, type Database } from '../../src/database/database.ts';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { openHarness } from '../stage/harness.ts';
import { LogSearch } from '../stage/log-search.ts';
import { Service } from '../stage/service.ts';
import { secret } from '../stage/stage.ts';
import { Command } from './command.ts';
import type { Options } from './options.ts';

export interface Stage {
  readonly tenant: Tenant;
  readonly clerk: FakeClerk;
  readonly service: Service;
  readonly logs: LogSearch;
  readonly database: Database;
  readonly options: Options;
  readonly webhooks: string;
  command(args: readonly string[]): Command;
}

const day = 86_400_000;
const name = 'faults_backfill';
const key = 'sk_live_key_of_a_made_up_tenant';
/** As far away as Clerk is. */
const answersAfterMs = 40;
/** What is younger by Clerk's clock is not judged: 5 s, the part of a second that its Date header leaves out, and some room. */
const judgedAfterMs = 8000;

/** What it opens is closed with the stack. */
export async function openStage(options: Options, stack: AsyncDisposableStack): Promise<Stage> {
  const tenant = tenantWithPast(options);
  const clerk = await startFakeClerk({
    tenant,
    key,
    quirks: { rateLimit: Infinity, slow: 1, slowMs: answersAfterMs },
  });
  stack.defer(() => clerk.close());
  const harness = await openHarness();
  stack.defer(() => harness.close());
  const { postgres, folder, services } = harness;
  await postgres.query('postgres', `create database ${name}`);
  const url = postgres.url(name);
  const environment = {
    WEBHOOK_SECRET: secret,
    DATABASE_URL: url,
    CLERK_SECRET_KEY: key,
    CLERK_API_URL: clerk.url,
    BACKFILL_ON_START: 'false',
    RECONCILE_CRON: 'off',
    LOG_LEVEL: 'info',
  };
  const logs = new LogSearch([secret.slice('whsec_'.length), key]);
  const service = await Service.create({ folder, environment, logs });
  services.add(service);
  await service.start();
  stack.defer(async () => {
    await service.end('SIGTERM');
  });
  const database = createDatabase({ url, schema: 'clerk', poolMax: 2 });
  stack.defer(() => database.close());
  return {
    tenant,
    clerk,
    service,
    logs,
    database,
    options,
    webhooks: `${service.url}/api/webhooks`,
    command: (args) => new Command(args, folder, environment),
  };
}

/** Of what happened before webhooks were switched on nobody is told. */
function tenantWithPast({ users, seed }: Options): Tenant {
  const steps = Math.max(500, Math.round(users / 20));
  const tenant = new Tenant({
    seed,
    start: Date.now() - day,
    pace: day / 2 / steps,
    eventForEveryChange: true,
  });
  tenant.addEarlierUsers(users);
  for (let step = 0; step < steps; step++) tenant.step();
  if (tenant.now > Date.now()) throw new Error('the past is longer than a day: it reaches into the future');
  return tenant;
}

/** Until all that has happened is old enough to be judged. */
export async function untilJudged({ tenant }: Stage): Promise<void> {
  await sleep(Math.max(0, Math.max(tenant.now, Date.now()) + judgedAfterMs - Date.now()));
}
