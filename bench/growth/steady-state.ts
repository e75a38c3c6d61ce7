// A long time at 70 % of the maximum, with autovacuum and checkpoints as they come: does anything grow? The last third of the
// run is compared with the first, after the warm-up.

import { LoadGenerator, GeneratorTooSlow, type Measurement } from '../../testbed/load/load-generator.ts';
import { median } from '../../testbed/load/statistics.ts';
import { checkMirror } from '../check-rows.ts';
import { treeCpuSeconds, treeMemoryMb } from '../costs/process-tree.ts';
import { Peer } from '../peers/peer.ts';
import { report, type Ground } from '../run.ts';
import { readDatabaseFacts, type DatabaseFacts, type WatchedTable } from './database-facts.ts';

/** An interval of the run. Undefined where the system does not tell. */
export interface Sample extends Pick<Measurement, 'answered' | 'p50' | 'p99' | 'max'> {
  readonly perSecond: number;
  readonly serviceMb: number | undefined;
  readonly postgresMb: number | undefined;
  /** Microseconds of processor time of a request. */
  readonly serviceCpuMicros: number | undefined;
  readonly postgresCpuMicros: number | undefined;
  readonly walBytesPerRequest: number;
  readonly database: DatabaseFacts;
}

/** One quantity over the run. */
export interface SteadyLine {
  readonly what: string;
  readonly unit: string;
  readonly thirds: readonly (number | undefined)[];
  /** Last third over first. */
  readonly ratio: number | undefined;
  readonly limit: string;
  /** Undefined: not known. */
  readonly isFlat: boolean | undefined;
}

/** The whole run. */
export interface SteadyFigure {
  /** Requests/s of the closed loop before the run. */
  readonly maximum: number;
  readonly rate: number;
  readonly requests: number;
  readonly max: number;
  readonly lines: readonly SteadyLine[];
  readonly checkpointsTimed: number;
  readonly checkpointsRequested: number;
  readonly autovacuums: number;
  /** Share of the updates that needed no new entry in an index. */
  readonly hotUpdates: Partial<Record<WatchedTable, number>>;
  /** Intervals without a figure, because the load generator was too slow. */
  readonly leftOut: number;
}

const connections = 64;
const share = 0.7;
const intervalSeconds = 10;
const maximumSeconds = 10;
const longestWarmUpSeconds = 60;
const mostLeftOut = 0.1;

/**
 * Runs for so many minutes, in intervals of 10 s with about 0.3 s between them, in which the samples are taken.
 * @throws when a row is wrong afterwards; GeneratorTooSlow when it was so in more than a tenth of the intervals
 */
export async function measureSteadyState(ground: Ground, minutes: number): Promise<SteadyFigure> {
  const { server, folder, secret } = ground;
  await using stack = new AsyncDisposableStack();
  const url = await server.createDatabase('steady');
  stack.defer(() => server.dropDatabase(url));
  const peer = await Peer.start('clerk-mirror', folder, { WEBHOOK_SECRET: secret, DATABASE_URL: url });
  stack.defer(() => peer.stop());
  const load = new LoadGenerator(secret);
  stack.defer(() => {
    load.stop();
  });
  const order = { service: 'steady state', port: peer.port, connections, seconds: intervalSeconds };
  const events = await load.prepareAll();
  await load.send({ ...order, seconds: events, isPrepared: true });
  await load.send({ ...order, seconds: maximumSeconds / 2 });
  const fastest = await load.measure({ ...order, seconds: maximumSeconds });
  const maximum = fastest.answered / fastest.seconds;
  const rate = Math.round(maximum * share);
  report(`the maximum is ${maximum.toFixed(0)}/s; ${rate}/s from now on`);

  const read = readerOf(url, peer.pid, await server.processId());
  const samples: Sample[] = [];
  const intervals = Math.ceil((minutes * 60) / intervalSeconds);
  let before = await read();
  const first = before.database;
  for (let interval = 0; interval < intervals; interval += 1) {
    const measured = await load.measure({ ...order, rate }).catch((error: unknown) => {
      if (!(error instanceof GeneratorTooSlow)) throw error;
      report(error.message);
      return undefined;
    });
    const after = await read();
    if (measured !== undefined) samples.push(sampleOf(measured, before, after));
    before = after;
    const last = samples.at(-1);
    if (last !== undefined)
      report(
        `${((interval + 1) * intervalSeconds).toFixed(0)} s: ${last.perSecond.toFixed(0)}/s, p99 ${last.p99.toFixed(1)} ms, service ${last.serviceMb?.toFixed(0) ?? '?'} MB`,
      );
  }
  const leftOut = intervals - samples.length;
  if (leftOut > intervals * mostLeftOut)
    throw new GeneratorTooSlow(
      `steady state: no figure, the load generator was too slow in ${leftOut} of ${intervals} intervals`,
    );
  report('checking the rows');
  const { problems } = await checkMirror(url, await load.expectation('steady state'));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const warmUp = Math.ceil(Math.min(longestWarmUpSeconds / intervalSeconds, samples.length / 4));
  const { database } = before;
  return {
    maximum,
    rate,
    requests: samples.reduce((sum, { answered }) => sum + answered, 0),
    max: Math.max(...samples.map((each) => each.max)),
    lines: compareThirds(thirdsOf(samples.slice(warmUp))),
    checkpointsTimed: database.checkpointsTimed - first.checkpointsTimed,
    checkpointsRequested: database.checkpointsRequested - first.checkpointsRequested,
    autovacuums: database.autovacuums - first.autovacuums,
    hotUpdates: Object.fromEntries(
      (['users', 'email_addresses', 'organizations'] as const).map((name) => {
        const { hotUpdates, updates } = database.tables[name];
        return [name, hotUpdates / updates];
      }),
    ),
    leftOut,
  };
}

interface Reading {
  readonly serviceCpu: number | undefined;
  readonly postgresCpu: number | undefined;
  readonly serviceMb: number | undefined;
  readonly postgresMb: number | undefined;
  readonly database: DatabaseFacts;
}

function readerOf(url: string, service: number, postgres: number | undefined): () => Promise<Reading> {
  return async () => ({
    serviceCpu: await treeCpuSeconds(service),
    postgresCpu: await treeCpuSeconds(postgres),
    serviceMb: await treeMemoryMb(service),
    postgresMb: await treeMemoryMb(postgres),
    database: await readDatabaseFacts(url),
  });
}

function sampleOf(
  { answered, seconds, p50, p99, max }: Measurement,
  before: Reading,
  { serviceMb, postgresMb, ...after }: Reading,
): Sample {
  const micros = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : ((to - from) * 1e6) / answered;
  return {
    answered,
    p50,
    p99,
    max,
    perSecond: answered / seconds,
    serviceMb,
    postgresMb,
    serviceCpuMicros: micros(before.serviceCpu, after.serviceCpu),
    postgresCpuMicros: micros(before.postgresCpu, after.postgresCpu),
    walBytesPerRequest: (after.database.walBytes - before.database.walBytes) / answered,
    database: after.database,
  };
}

/** Three parts of equal length; what is left over at the start is left out. */
export function thirdsOf<T>(samples: readonly T[]): T[][] {
  const length = Math.floor(samples.length / 3);
  if (length < 1) throw new Error('the run is too short for three thirds: write more --minutes');
  const first = samples.length - 3 * length;
  return [0, 1, 2].map((third) => samples.slice(first + third * length, first + (third + 1) * length));
}

/** Each quantity in the last third over the first, and whether that is within its limit. */
export function compareThirds(thirds: readonly (readonly Sample[])[]): SteadyLine[] {
  const line = (
    what: string,
    unit: string,
    limit: { readonly most: number } | { readonly least: number },
    value: (sample: Sample) => number | undefined,
  ): SteadyLine => {
    const values = thirds.map((samples) => {
      const known = samples.map(value).filter((each) => each !== undefined);
      return known.length === 0 ? undefined : median(known);
    });
    const [first, last] = [values[0], values.at(-1)];
    const ratio = first === undefined || last === undefined ? undefined : last / first;
    const isMost = 'most' in limit;
    return {
      what,
      unit,
      thirds: values,
      ratio,
      limit: isMost ? `≤ ${limit.most}` : `≥ ${limit.least}`,
      isFlat: ratio === undefined ? undefined : isMost ? ratio <= limit.most : ratio >= limit.least,
    };
  };
  return [
    line('throughput', 'requests/s', { least: 0.98 }, ({ perSecond }) => perSecond),
    line('p50', 'ms', { most: 1.5 }, ({ p50 }) => p50),
    line('p99', 'ms', { most: 1.5 }, ({ p99 }) => p99),
    line('memory of the service', 'MB', { most: 1.1 }, ({ serviceMb }) => serviceMb),
    line('memory of Postgres', 'MB', { most: 1.15 }, ({ postgresMb }) => postgresMb),
    line('CPU of the service', 'µs a request', { most: 1.15 }, ({ serviceCpuMicros }) => serviceCpuMicros),
    line('CPU of Postgres', 'µs a request', { most: 1.15 }, ({ postgresCpuMicros }) => postgresCpuMicros),
    line('write-ahead log', 'bytes a request', { most: 1.15 }, (each) => each.walBytesPerRequest),
    // There are as many as before, updated all the time.
    line('organizations', 'MB', { most: 1.25 }, ({ database }) => database.tables.organizations.bytes / 1e6),
    // They grow with what is sent; what a row takes must not.
    ...(['users', 'email_addresses', 'inbox_messages'] as const).map((table) =>
      line(table, 'bytes a row', { most: 1.15 }, ({ database }) => {
        const { bytes, rows } = database.tables[table];
        return bytes / rows;
      }),
    ),
  ];
}
