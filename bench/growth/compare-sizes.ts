// The same webhooks to a service with a small mirror and to one with a large mirror, in turns; and the bytes of the large one.

import type { LoadGenerator, Measurement } from '../../testbed/load/load-generator.ts';
import { median } from '../../testbed/load/statistics.ts';
import { checkMirror } from '../check-rows.ts';
import { Peer } from '../peers/peer.ts';
import { report, type Ground } from '../run.ts';
import { withClient } from '../server.ts';
import { keepAll, migrate } from './seed.ts';

/** The large mirror that was seeded, and the load that is about a part of its users. */
export interface LargeMirror {
  readonly url: string;
  /** One for all parts: no event is sent to the large mirror twice. */
  readonly load: LoadGenerator;
  /** On the database's clock: what was received later is load. */
  readonly since: string;
}

/** Throughput (requests/s) and latency (ms) with one size. */
export interface SizeFigure {
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  readonly p50: number;
  readonly p99: number;
}

/** Both sizes beside each other. */
export interface ComparedSizes {
  readonly small: SizeFigure;
  readonly large: SizeFigure;
  /** Large over small, median of the rounds' own. */
  readonly ratio: number;
}

/** What the rows of one table take. */
export interface TableBytes {
  readonly table: string;
  readonly rows: number;
  /** Of a row, with what is stored outside it because it is long, and without indexes. */
  readonly bytesPerRow: number;
  readonly indexBytesPerRow: number;
}

/** Of every measurement with a large mirror. */
export const connections = 64;
const eventsPerSecond = 10_000;
const names = ['small', 'large'] as const;

/** @throws when a row is wrong afterwards */
export async function compareSizes(
  ground: Ground,
  large: LargeMirror,
  { rounds, seconds, warmUpSeconds }: { rounds: number; seconds: number; warmUpSeconds: number },
): Promise<ComparedSizes> {
  const { load } = large;
  await using stack = new AsyncDisposableStack();
  const smallUrl = await ground.server.createDatabase('small');
  stack.defer(() => ground.server.dropDatabase(smallUrl));
  await migrate(ground, smallUrl);
  const urls = { small: smallUrl, large: large.url };
  const peers = {
    small: await startKeeping(ground, urls.small),
    large: await startKeeping(ground, urls.large),
  };
  for (const name of names) stack.defer(() => peers[name].stop());
  const order = (name: (typeof names)[number], length: number) =>
    ({ service: name, port: peers[name].port, connections, seconds: length, isPrepared: true }) as const;

  // Unmeasured: the users of the load in both, and most of their rows updated once or twice, so that they lie as in a mirror
  // that is in use.
  report(`filling the small mirror; ${warmUpSeconds} s of warm-up for each`);
  const events = await load.prepareAll();
  for (const name of names) await load.send(order(name, events));
  for (const name of names) await load.send({ ...order(name, warmUpSeconds), isPrepared: false });
  const samples: Record<(typeof names)[number], Measurement>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await load.prepare(eventsPerSecond * seconds);
    const inTurn = round % 2 === 0 ? names : names.toReversed();
    const measured = new Map<string, Measurement>();
    for (const name of inTurn) measured.set(name, await load.measure(order(name, seconds)));
    const [small, grown] = names.map((name) => measured.get(name));
    if (small === undefined || grown === undefined) throw new Error('a size was not measured');
    samples.push({ small, large: grown });
    report(
      `round ${round + 1}/${rounds}: small ${rateOf(small).toFixed(0)}/s, large ${rateOf(grown).toFixed(0)}/s`,
    );
  }
  report('checking the rows');
  for (const name of names) {
    const { problems } = await checkMirror(urls[name], await load.expectation(name), {
      name,
      since: large.since,
    });
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }
  return {
    small: figureOf(samples.map((each) => each.small)),
    large: figureOf(samples.map((each) => each.large)),
    ratio: median(samples.map((each) => rateOf(each.large) / rateOf(each.small))),
  };
}

/** Of the mirror's tables that are not empty, the largest first. */
export async function measureBytes(url: string): Promise<TableBytes[]> {
  return withClient(url, async (client) => {
    const { rows: tables } = await client.query<{ table: string; bytes: number; indexBytes: number }>(
      `select relname as table, pg_table_size(oid)::float8 as bytes, pg_indexes_size(oid)::float8 as "indexBytes"
      from pg_class where relnamespace = 'clerk'::regnamespace and relkind = 'r' order by pg_total_relation_size(oid) desc`,
    );
    const all: TableBytes[] = [];
    for (const { table, bytes, indexBytes } of tables) {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::float8 as count from clerk."${table}"`,
      );
      const count = rows[0]?.count ?? 0;
      if (count > 0 && !table.includes('migrations'))
        all.push({ table, rows: count, bytesPerRow: bytes / count, indexBytesPerRow: indexBytes / count });
    }
    return all;
  });
}

/** A service that removes nothing by itself. */
export function startKeeping({ folder, secret }: Ground, url: string): Promise<Peer> {
  return Peer.start('clerk-mirror', folder, { WEBHOOK_SECRET: secret, DATABASE_URL: url, ...keepAll });
}

/** Acknowledged webhooks per second. */
export function rateOf({ answered, seconds }: Measurement): number {
  return answered / seconds;
}

function figureOf(samples: readonly Measurement[]): SizeFigure {
  const rates = samples.map(rateOf);
  return {
    perSecond: median(rates),
    least: Math.min(...rates),
    most: Math.max(...rates),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
  };
}
