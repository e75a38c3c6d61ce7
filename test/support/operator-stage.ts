// A mirror for its operator page: filled from a fake Clerk, fed by signed webhooks of the same tenant, and run by the real `main`.

import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { startFakeClerk, type FakeClerk } from '../../testbed/fake-clerk/fake-clerk.ts';
import { Tenant } from '../../testbed/tenant/tenant.ts';
import { change } from './fixtures.ts';
import { openHandlersTest, sendEvent, type HandlersTest } from './handlers-service.ts';
import { until } from './until.ts';
import { killServices, type ServiceProcess } from './service-process.ts';

export const operatorToken = randomBytes(24).toString('hex');
export const otherToken = randomBytes(24).toString('hex');

export interface Stage {
  readonly service: ServiceProcess;
  /** Of the operator page, without a slash at its end. */
  readonly origin: string;
  readonly client: HandlersTest['client'];
  readonly clerk: FakeClerk;
  readonly tenant: Tenant;
  /** One deed of somebody's, told by webhooks. */
  live(steps: number): Promise<void>;
  /** A user whom the database refuses for as long as `mend` was not called. -> when the message is dead */
  poison(messageId: string): Promise<void>;
  mend(): Promise<void>;
  /** Resolves when what came is in the plots: that is told every ten seconds. */
  counted(): Promise<void>;
  state(messageId: string): Promise<string>;
  deeds(): Promise<{ who: string; what: string; target: string; outcome: string | null }[]>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly handlers?: string;
  /** Without a key of Clerk's: nothing is filled, and no instance is known. */
  readonly isAlone?: boolean;
  /** At Clerk from the beginning, at least. */
  readonly users?: number;
}

const calmHandlers = `export default defineHandlers((on) => {
  on('user.created', 'welcome-mail', async () => {});
});`;

const refusal = `create function clerk.refuse_row() returns trigger language plpgsql as $$
  begin
    if new.id like 'user_refused%' then raise exception 'not this one'; end if;
    return new;
  end $$;
  create trigger refuse_row before insert or update on clerk.users for each row execute function clerk.refuse_row()`;

export async function openStage({
  handlers = calmHandlers,
  isAlone = false,
  users = 50,
}: StageOptions = {}): Promise<Stage> {
  const own = await openHandlersTest();
  const { client } = own;
  // All of it happened some days ago; what `live` tells happens now.
  const tenant = new Tenant({
    seed: 'operator',
    start: Date.now() - 9 * 86_400_000,
    eventForEveryChange: true,
  });
  tenant.addEarlierUsers(users);
  for (let step = 0; step < 200; step++) tenant.step();
  const clerk = await startFakeClerk({ tenant, key: 'sk_live_fake', quirks: { rateLimit: Infinity } });
  const service = await own.start(handlers, {
    OPERATOR_TOKEN: `${operatorToken}, ${otherToken}`,
    RECONCILE_CRON: 'off',
    ...(isAlone ? {} : { CLERK_SECRET_KEY: clerk.key, CLERK_API_URL: clerk.url }),
  });
  if (!isAlone)
    await until('the mirror is filled', async () => {
      const sql = 'select count(*)::int as open, (select count(*)::int from clerk.sync_runs) as runs';
      const { rows } = await client.query<{ open: number; runs: number }>(
        `${sql} from clerk.sync_runs where finished_at is null`,
      );
      return rows[0]!.open === 0 && rows[0]!.runs > 0;
    });
  const state = async (id: string): Promise<string> => {
    const sql = 'select state from clerk.inbox_messages where id = $1';
    return (await client.query<{ state: string }>(sql, [id])).rows[0]?.state ?? 'absent';
  };
  return {
    service,
    origin: new URL(service.operator).origin,
    client,
    clerk,
    tenant,
    async live(steps) {
      for (let step = 0; step < steps; step++)
        for (const { id, envelope } of tenant.stepAt(Date.now())) await sendEvent(service, envelope, id);
    },
    async poison(messageId) {
      await client.query(refusal);
      const data = { id: `user_refused_${messageId}`, first_name: 'Inês', last_name: 'Sousa-Prado' };
      const now = Date.now();
      const times = { created_at: now, updated_at: now };
      const envelope = { timestamp: now, instance_id: tenant.instanceId };
      await sendEvent(service, change('user.created', { ...data, ...times }, envelope), messageId);
      // The twelfth attempt would come in a day and a half.
      await client.query(
        'update clerk.inbox_messages set attempts = 11, next_attempt_at = now() where id = $1',
        [messageId],
      );
      await until('it is dead', async () => (await state(messageId)) === 'dead');
    },
    async mend() {
      await client.query('drop trigger refuse_row on clerk.users; drop function clerk.refuse_row()');
    },
    async counted() {
      const sql = `select from clerk.activity_minutes where measure = 'messages'`;
      await until('it is counted', async () => (await client.query(sql)).rowCount! > 0);
    },
    state,
    async deeds() {
      const sql = 'select who, what, target, outcome from clerk.operator_deeds order by id';
      return (await client.query<{ who: string; what: string; target: string; outcome: string | null }>(sql))
        .rows;
    },
    async close() {
      await killServices();
      await clerk.close();
      await own.close();
    },
  };
}

export async function logIn(
  page: Page,
  { origin }: Stage,
  name = 'Ada',
  token = operatorToken,
): Promise<void> {
  await page.goto(`${origin}/login`);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}
