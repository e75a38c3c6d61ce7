// Webhooks without and during a prune of a tenth of the inbox, in turns: while the prune is held nothing else changes.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../../testbed/load/load-generator.ts';
import { median } from '../../testbed/load/statistics.ts';
import { checkMirror } from '../check-rows.ts';
import { Command } from '../command.ts';
import { report, type Ground } from '../run.ts';
import { withClient } from '../server.ts';
import { connections, rateOf, startKeeping, type LargeMirror } from './compare-sizes.ts';
import { keepAll } from './seed.ts';

/** Bodies are removed after INBOX_BODY_DAYS, messages without a body after INBOX_ID_DAYS. */
export const prunings = ['bodies', 'messages'] as const;
export type Pruning = (typeof prunings)[number];

/** Webhooks with and without a prune. */
export interface PruneFigure {
  readonly pruning: Pruning;
  readonly due: number;
  /** Webhooks per second, medians of the rounds. */
  readonly alone: number;
  readonly during: number;
  /** Median of the rounds' own. */
  readonly ratio: number;
  readonly p99Alone: number;
  readonly p99During: number;
  /** Pruned in a second during full load: 0 where prune always waited for the webhooks. */
  readonly prunedDuring: number;
  /** Pruned in a second without load; null: nothing was left for that. */
  readonly prunedAlone: number | null;
}

const eventsPerSecond = 10_000;
/** The command has read its settings and removed its first rows by then. */
const startMs = 20_000;
/** Becomes due while it runs; not counted, and not to be missed either. */
const marginDays = 1 / 48;
const dueRows: Readonly<Record<Pruning, string>> = {
  bodies: `body is not null and state in ('applied', 'unhandled')`,
  messages: 'body is null',
};

/** @throws when prune removed too little or too much, or a row is wrong */
export async function pruneDuringLoad(
  ground: Ground,
  { url, load, since }: LargeMirror,
  pruning: Pruning,
  { rounds, seconds, messages }: { rounds: number; seconds: number; messages: number },
): Promise<PruneFigure> {
  await using stack = new AsyncDisposableStack();
  const days = await daysFor(url, pruning, messages / 10);
  const cutoff = await daysAgo(url, days);
  const margin = await daysAgo(url, days - marginDays);
  const countDue = (): Promise<number> =>
    count(url, `where ${dueRows[pruning]} and received_at < $1`, cutoff);
  const due = await countDue();
  const mostDue =
    (await count(url, `where ${dueRows[pruning]} and received_at < $1`, margin)) +
    (pruning === 'messages' ? await count(url, `where ${dueRows.bodies} and received_at < $1`, margin) : 0);
  // Seeded messages that are not due keep their bodies, and so do those that wait or failed.
  const keptRows = `where body is not null and received_at < '${since}' and (received_at >= $1 or state in ('pending', 'dead'))`;
  const kept = await count(url, keptRows, margin);
  report(`prune: ${due} ${pruning} older than ${days} days`);
  const peer = await startKeeping(ground, url);
  stack.defer(() => peer.stop());

  const alone = async (): Promise<Measurement> => {
    await load.prepare(eventsPerSecond * seconds);
    return load.measure({ service: 'large', port: peer.port, connections, seconds, isPrepared: true });
  };
  // Compiled code, and rows that are read for the first time.
  await alone();
  const prune = new Command(['prune', '--json'], ground.folder, {
    WEBHOOK_SECRET: ground.secret,
    DATABASE_URL: url,
    ...keepAll,
    INBOX_BODY_DAYS: String(days),
    ...(pruning === 'messages' ? { INBOX_ID_DAYS: String(days) } : {}),
  });
  stack.defer(() => prune.kill());
  await untilLess(countDue, due);
  prune.hold();

  const samples: { alone: Measurement; during: Measurement; pruned: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await alone() : undefined;
    await load.prepare(eventsPerSecond * seconds);
    const before = await countDue();
    prune.goOn();
    const during = await load.measure({
      service: 'large',
      port: peer.port,
      connections,
      seconds,
      isPrepared: true,
    });
    prune.hold();
    const after = await countDue();
    // Nothing is left: whether it ended during the measurement is not known.
    if (after === 0) break;
    const sample = { alone: first ?? (await alone()), during, pruned: (before - after) / seconds };
    samples.push(sample);
    report(
      `prune of ${pruning}, round ${round + 1}/${rounds}: ${rateOf(sample.alone).toFixed(0)}/s alone, ${rateOf(during).toFixed(0)}/s during ${sample.pruned.toFixed(0)} pruned/s`,
    );
  }
  if (samples.length === 0)
    throw new Error(
      `all ${due} ${pruning} were pruned before a measurement ended: write more --messages or fewer --seconds`,
    );
  const left = await countDue();
  const secondsBefore = prune.seconds;
  prune.goOn();
  const { output } = await prune.ended();
  const prunedAlone = left === 0 ? null : left / (prune.seconds - secondsBefore);
  const removed = (JSON.parse(output) as Record<string, unknown>)[pruning];
  if (!(Number(removed) >= due && Number(removed) <= mostDue))
    throw new Error(`${due} ${pruning} were due, prune reports ${String(removed)}`);
  if ((await countDue()) > 0) throw new Error('prune left some that were due');
  if ((await count(url, keptRows, margin)) !== kept) throw new Error('prune removed what was not due');
  const { problems } = await checkMirror(url, await load.expectation('large'), { name: 'large', since });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    pruning,
    due,
    alone: median(samples.map((each) => rateOf(each.alone))),
    during: median(samples.map((each) => rateOf(each.during))),
    ratio: median(samples.map((each) => rateOf(each.during) / rateOf(each.alone))),
    p99Alone: median(samples.map((each) => each.alone.p99)),
    p99During: median(samples.map((each) => each.during.p99)),
    prunedDuring: median(samples.map((each) => each.pruned)),
    prunedAlone,
  };
}

/** The number of days at which about so many are due. */
async function daysFor(url: string, pruning: Pruning, wanted: number): Promise<number> {
  for (let days = 29; days > 0; days -= 1) {
    const due = await count(url, `where ${dueRows[pruning]} and received_at < $1`, await daysAgo(url, days));
    if (due >= wanted * 0.9) return days;
  }
  throw new Error(`there are no ${wanted} ${pruning} to prune`);
}

/** On the database's clock. */
async function daysAgo(url: string, days: number): Promise<string> {
  return withClient(url, async (client) => {
    const sql = `select (now() - interval '1 day' * $1::float8)::text as at`;
    return (await client.query<{ at: string }>(sql, [days])).rows[0]?.at ?? '';
  });
}

async function untilLess(countDue: () => Promise<number>, due: number): Promise<void> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    if ((await countDue()) < due) return;
    await sleep(20);
  }
  throw new Error('prune did not start');
}

async function count(url: string, condition: string, before: string): Promise<number> {
  return withClient(url, async (client) => {
    const sql = `select count(*)::float8 as count from clerk.inbox_messages ${condition}`;
    return (await client.query<{ count: number }>(sql, [before])).rows[0]?.count ?? 0;
  });
}
