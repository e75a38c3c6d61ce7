// Three replicas on one database behind nginx, also through PgBouncer in transaction mode: a tenant's history, shuffled and
// repeated, ends in the rows of its model, and the replicas never deadlock.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import knex, { type Knex } from 'knex';
import { compareTables } from '../../testbed/compare-tables.ts';
import { simulate } from '../../testbed/simulate.ts';
import { testSecret } from '../support/mirror.ts';
import { openOwnCluster, randomSecret, type OwnCluster } from '../support/own-cluster.ts';
import { startPgBouncer } from '../support/pg-bouncer-process.ts';
import { startNginx, stopProxies } from '../support/proxy-process.ts';
import { freePort, killServices, startService } from '../support/service-process.ts';
import { until } from '../support/until.ts';

const replicas = 3;
const events = 2300;

let cluster: OwnCluster;

beforeAll(async () => {
  cluster = await openOwnCluster(randomSecret());
});
afterAll(async () => {
  await stopProxies();
  await killServices();
  await cluster.stop();
});

test.each([
  { name: 'directly', reach: (url: string) => Promise.resolve(url) },
  { name: 'through PgBouncer', reach: startPgBouncer },
])(
  'reached $name: every row as in the model, each message stored once, no deadlock',
  async ({ name, reach }) => {
    const url = await createDatabase(`replicas_${name.replaceAll(/\W+/g, '_').toLowerCase()}`);
    const ports = await Promise.all(Array.from({ length: replicas }, freePort));
    const reachedBy = await reach(url);
    // All at once: their migrations must not disturb each other either.
    await Promise.all(
      ports.map((port) => startService({ DATABASE_URL: reachedBy, PORT: String(port), TRUST_PROXY: '1' })),
    );
    const nginx = await startNginx(ports, { ' ssl;': ';' });

    const {
      tenant,
      complete,
      failed,
      acknowledged,
      events: distinct,
    } = await simulate({
      url: `http://127.0.0.1:${nginx.port}/api/webhooks`,
      secret: testSecret,
      seed: `replicas ${name}`,
      events,
      // Near each other: the deliveries of one message are at several replicas at the same time.
      shuffle: 100,
      duplicates: 0.25,
      concurrency: 48,
    });
    expect({ complete, failed }).toEqual({ complete: true, failed: 0 });
    expect(acknowledged).toBeGreaterThan(events * 1.2);
    expectSpread(nginx.log(), ports);

    const database = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
    try {
      const stored = await untilApplied(database);
      const { total, differences } = await compareTables(database, 'clerk', tenant, { keep: 5 });
      expect({ total, differences, stored }).toEqual({ total: 0, differences: [], stored: distinct });
      const { rows } = await database.raw<{ rows: { deadlocks: number }[] }>(
        'select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()',
      );
      expect(rows).toEqual([{ deadlocks: 0 }]);
      expect(await cluster.log()).not.toContain('deadlock detected');
    } finally {
      await database.destroy();
    }
  },
);

async function createDatabase(name: string): Promise<string> {
  await cluster.query(`create database ${name} owner app`);
  const url = new URL(cluster.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** Every replica had its part, and many messages were at two of them. */
function expectSpread(log: string, ports: readonly number[]): void {
  const replicasOf = new Map<string, Set<string>>();
  for (const line of log.split('\n').filter((each) => each.startsWith('{'))) {
    const { message, upstream } = JSON.parse(line) as { message: string; upstream: string };
    replicasOf.set(message, (replicasOf.get(message) ?? new Set()).add(upstream));
  }
  const used = new Set([...replicasOf.values()].flatMap((each) => [...each]));
  expect([...used].sort()).toEqual(ports.map((port) => `127.0.0.1:${port}`).sort());
  expect([...replicasOf.values()].filter((each) => each.size > 1).length).toBeGreaterThan(200);
}

/** What did not go with its batch is applied by the retry loop of a replica. @returns how many messages are stored */
async function untilApplied(database: Knex): Promise<number> {
  const states = (): Promise<{ state: string; count: number }[]> =>
    database('clerk.inbox_messages').select('state', database.raw('count(*)::int as count')).groupBy('state');
  await until('none is pending', async () => (await states()).every(({ state }) => state !== 'pending'));
  const all = await states();
  expect(all.filter(({ state }) => state !== 'applied' && state !== 'unhandled')).toEqual([]);
  return all.reduce((sum, { count }) => sum + count, 0);
}
