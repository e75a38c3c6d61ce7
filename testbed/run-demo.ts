// The demo: a made-up Clerk and a service of its own. Filled, lived in, webhooks lost on purpose – and the drift found and mended.

import type { Config } from '../src/platform/config.ts';
import { MirrorError } from '../src/platform/errors.ts';
import { interruptible } from '../src/platform/interruptible.ts';
import { createLogger, type Logger } from '../src/platform/logger.ts';
import { findDatabase, openDatabase, type OpenDatabase } from '../src/database/open-database.ts';
import { showProgress } from '../src/platform/progress.ts';
import { Secret } from '../src/platform/secret.ts';
import { projections } from '../src/projections/index.ts';
import { withClerk } from '../src/run-sync.ts';
import { serve, type Service } from '../src/serve.ts';
import { deliveryOrder } from './sender/delivery-order.ts';
import { startFakeClerk } from './fake-clerk/fake-clerk.ts';
import { LossyHistory } from './sender/lost-webhooks.ts';
import { Random } from './random.ts';
import { deliver } from './sender/sender.ts';
import { Tenant } from './tenant/tenant.ts';
import { backfill } from '../src/sync/backfill.ts';
import { reconcile } from '../src/sync/reconcile.ts';
import { resources } from '../src/sync/resources.ts';
import { sumOf, type ResourceResult } from '../src/sync/run-resource.ts';

export interface DemoOptions {
  readonly events: number;
  readonly seed: string;
}

const schema = 'clerk_demo';
/** By it a schema of an earlier demo is known. */
const instanceId = 'ins_demo';
const usersBefore = 1000;
const lostShare = 0.02;
const day = 86_400_000;
const minute = 60_000;

export async function runDemo(given: Config, { events, seed }: DemoOptions): Promise<void> {
  const log = createLogger(given.logLevel === 'info' ? 'warn' : given.logLevel);
  const tenant = new Tenant({ seed, start: Date.now() - day, instanceId, eventForEveryChange: true });
  tenant.addEarlierUsers(usersBefore);
  const clerk = await startFakeClerk({
    tenant,
    seed,
    key: 'sk_live_made_up',
    quirks: { rateLimit: Infinity },
  });
  const closing: (() => Promise<unknown>)[] = [() => clerk.close()];
  try {
    const config = demoConfig(given, clerk);
    await forgetEarlierDemo(config, log);
    const service = await serve(config, log);
    closing.push(() => service.stop());
    const database = await findDatabase({ ...config, databaseUrl: service.databaseUrl });
    closing.push(() => database.close());
    await interruptible(async (signal) => {
      try {
        await tellStory({ tenant, events, seed, service, database, config, log, signal });
      } catch (error) {
        if (signal.aborted)
          throw new MirrorError('sync-incomplete', 'Stopped.', 'The next demo begins anew.', error);
        throw error;
      }
    });
  } finally {
    for (const close of closing.reverse()) await close();
  }
  say(
    `Look at the rows: start the service with \`npm start\`, then \`DATABASE_SCHEMA=${schema} npm run cli -- status\`.`,
  );
}

/** Free ports and another schema, so that it can run beside the real one and never mixes with it. */
function demoConfig(given: Config, clerk: { readonly url: string; readonly key: string }): Config {
  return {
    ...given,
    databaseSchema: schema,
    clerkInstanceId: undefined,
    clerkApiUrl: clerk.url,
    clerkSecretKey: new Secret(clerk.key),
    // Each at its time in the story, not by itself.
    backfillOnStart: false,
    reconcileCron: 'off',
    // Nobody's own code is to hear of a tenant that is made up.
    handlers: undefined,
    host: '127.0.0.1',
    operatorHost: '127.0.0.1',
    port: 0,
    operatorPort: 0,
  };
}

/** Errors: `usage` when the schema is not a demo's. */
async function forgetEarlierDemo(config: Config, log: Logger): Promise<void> {
  const database = await openDatabase(config, log);
  try {
    const { rows } = await database.knex.raw<{ rows: { there: boolean; learns: boolean }[] }>(
      'select to_regnamespace(?) is not null as there, to_regclass(?) is not null as learns',
      [schema, `${schema}.mirror_instance`],
    );
    if (rows[0]?.there !== true) return;
    const found = rows[0].learns
      ? await database.knex.withSchema(schema).table('mirror_instance').select<{ id: string }[]>('id')
      : [];
    if (found.some(({ id }) => id !== instanceId) || !rows[0].learns)
      throw new MirrorError(
        'usage',
        `The schema ${schema} is not the demo's.`,
        `Drop it (drop schema ${schema} cascade), or give the demo another DATABASE_URL.`,
      );
    await database.knex.raw('drop schema ?? cascade', [schema]);
  } finally {
    await database.close();
  }
}

interface Story {
  readonly tenant: Tenant;
  readonly events: number;
  readonly seed: string;
  readonly service: Service;
  readonly database: OpenDatabase;
  readonly config: Config;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

async function tellStory(story: Story): Promise<void> {
  const { tenant, service, database, config, log, events, seed, signal } = story;
  const url = `http://127.0.0.1:${service.port}/api/webhooks`;
  say(`clerk-mirror runs at ${url}, its tables are in the schema ${schema}.`);
  await withClerk(config, database, log, { writes: true }, async ({ sync }) => {
    const look = async (fix: boolean): Promise<ResourceResult[]> => {
      const { at = Date.now() } = await sync.learn();
      const looked = await reconcile(sync, { resources, instanceId, startedAt: at, fix }, { signal });
      signal.throwIfAborted();
      return looked;
    };

    say(`A made-up Clerk has ${usersBefore} users from before webhooks were switched on. Backfill:`);
    const filled = await backfill(sync, { resources, instanceId }, { signal });
    signal.throwIfAborted();
    say(`  ${sumOf(filled, 'rows')} rows in ${sumOf(filled, 'requests')} requests`);

    const history = new LossyHistory(tenant, {
      events,
      until: Date.now() - minute,
      share: lostShare,
      random: new Random(`lost:${seed}`),
    });
    say(
      `They live a day: ${events} events, signed, shuffled, a fifth of them sent twice, one in fifty lost.`,
    );
    await sendAll(story, url, history);
    signal.throwIfAborted();
    say(`  ${history.events - history.lost} arrived, ${history.lost} never will`);

    say('Reconcile:');
    const began = await clockOf(database);
    const found = await look(true);
    for (const cause of ['missing', 'stale', 'gone'])
      say(`  ${String(sumOf(found, cause)).padStart(4)} ${cause}`);
    const strangers = (await rowsWrittenSince(database, began)).filter(
      (ids) => !ids.some((id) => history.lostIds.has(id)),
    );
    say(`  ${sumOf(found, 'fixed')} mended, ${strangers.length} rows touched that no lost webhook was about`);
    const left = sumOf(await look(false), 'left');
    say(left === 0 ? 'Again: no drift. The tables equal Clerk.' : `Again: ${left} rows differ.`);
    if (left > 0 || strangers.length > 0 || sumOf(found, 'fixed') === 0)
      throw new MirrorError(
        'drift-left',
        'The demo did not end as it should.',
        `Its seed was ${seed}: please report it.`,
      );
  });
}

async function sendAll(
  { service, log, events, seed, signal }: Story,
  url: string,
  history: LossyHistory,
): Promise<void> {
  const order = deliveryOrder(history.messages(), {
    shuffle: true,
    duplicates: 0.2,
    random: new Random(`order:${seed}`),
  });
  const progress = showProgress('webhooks', Math.round(events * 1.2), log);
  try {
    await deliver(order, {
      url,
      secret: service.webhookSecrets[0]?.reveal() ?? '',
      concurrency: 32,
      signal,
      onProgress({ acknowledged }) {
        progress.update(acknowledged);
      },
    });
  } finally {
    progress.end();
  }
}

/** Each row's id and its owners'. */
async function rowsWrittenSince({ knex }: OpenDatabase, since: string): Promise<string[][]> {
  const rows = await Promise.all(
    projections.map(({ table, owners }) =>
      knex
        .withSchema(schema)
        .table(table)
        .where('synced_at', '>=', since)
        .select<Record<string, string | null>[]>(['id', ...owners.map(({ column }) => column)]),
    ),
  );
  return rows.flat().map((row) => Object.values(row).filter((id) => id !== null));
}

async function clockOf({ knex }: OpenDatabase): Promise<string> {
  const { rows } = await knex.raw<{ rows: { now: string }[] }>('select clock_timestamp()::text as now');
  return rows[0]?.now ?? '';
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
