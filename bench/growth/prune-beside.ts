// Webhooks without and during a prune of a tenth of the inbox, in turns: the prune is held, and nothing else changes.

import { setTimeout as sleep } from 'node:timers/promises';
import { Peer } from '../peers/peer.ts';
import { median } from '../statistics.ts';
import { checkTraffic } from './check.ts';
import type { Ground } from './ground.ts';
import { PruneProcess } from './prune-process.ts';
import { connections } from './rounds.ts';
import { keepAll } from './seed.ts';
import { withClient } from './server.ts';

/** Bodies are taken out after INBOX_BODY_DAYS, messages without after INBOX_ID_DAYS. */
export type Pruning = 'bodies' | 'messages';

export interface PruneFigure {
  readonly pruning: Pruning;
  readonly due: number;
  readonly alone: number;
  readonly during: number;
  /** Median of the rounds' own. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly p99Alone: number;
  readonly p99During: number;
  /** Pruned in a second beside full load, and with the machine for itself. */
  readonly besideLoad: number;
  /** Null: nothing was left for it. */
  readonly byItself: number | null;
  readonly checked: { readonly messages: number; readonly rows: number };
}

/** The process has read its settings and begun by then. */
const beginningMs = 20_000;

export async function pruneBeside(ground: Ground, pruning: Pruning): Promise<PruneFigure> {
  const { server, options, grown, folder, secret, load, since, say } = ground;
  const { rounds, seconds } = options;
  const url = server.urlOf(grown);
  await using stack = new AsyncDisposableStack();
  const days = await daysFor(url, pruning, options.messages / 10);
  // What becomes due while it runs is not reckoned with, nor that it must not be touched.
  const cutoff = await daysAgo(url, days);
  const margin = await daysAgo(url, days - 1 / 48);
  const dueNow = (): Promise<number> => countDue(url, pruning, cutoff);
  const due = await dueNow();
  // Bodies that become due go first, and their messages with the rest.
  const bodiesLater = pruning === 'messages' ? await countDue(url, 'bodies', margin) : 0;
  const dueLater = bodiesLater + (await countDue(url, pruning, margin)) - due;
  const kept = await countKept(url, margin);
  say(`prune: ${due} ${pruning} of more than ${days} days ago`);
  const peer = await Peer.start('clerk-mirror', folder, {
    WEBHOOK_SECRET: secret,
    DATABASE_URL: url,
    ...keepAll,
  });
  stack.defer(() => peer.stop());

  let fastest = 4000;
  const measure = async (): Promise<{ perSecond: number; p99: number }> => {
    const pace = { kind: 'closed', connections } as const;
    const {
      answered,
      seconds: took,
      p99,
    } = await load.measure({ peer: 'grown', port: peer.port, pace, seconds });
    fastest = Math.max(fastest, answered / took);
    return { perSecond: answered / took, p99 };
  };
  const prepare = (): Promise<void> => load.prepare(Math.ceil(fastest * seconds * 1.5));
  const alone = async (): ReturnType<typeof measure> => {
    await prepare();
    return measure();
  };
  // Compiled code, and rows that are read for the first time.
  await alone();
  const prune = new PruneProcess(folder, {
    WEBHOOK_SECRET: secret,
    DATABASE_URL: url,
    ...keepAll,
    INBOX_BODY_DAYS: String(days),
    ...(pruning === 'messages' ? { INBOX_ID_DAYS: String(days) } : {}),
  });
  stack.defer(() => prune.kill());
  await untilLess(dueNow, due);
  prune.hold();

  const during = async (): Promise<{ perSecond: number; p99: number; pruned: number } | undefined> => {
    await prepare();
    const before = await dueNow();
    prune.goOn();
    const measured = await measure();
    prune.hold();
    const after = await dueNow();
    // Whether it ended before the measurement did is not known then.
    return after === 0 ? undefined : { ...measured, pruned: (before - after) / seconds };
  };
  const samples: {
    alone: Awaited<ReturnType<typeof alone>>;
    during: NonNullable<Awaited<ReturnType<typeof during>>>;
  }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await alone() : undefined;
    const beside = await during();
    if (beside === undefined) break;
    const pair = { alone: first ?? (await alone()), during: beside };
    samples.push(pair);
    say(
      `prune of ${pruning}, round ${round + 1}/${rounds}: ${pair.alone.perSecond.toFixed(0)}/s alone, ${beside.perSecond.toFixed(0)}/s beside ${beside.pruned.toFixed(0)} pruned/s`,
    );
    if (beside.pruned === 0) throw new Error('nothing was pruned during the measurement');
  }
  if (samples.length === 0)
    throw new Error(
      `all ${due} ${pruning} were pruned before a measurement was over: give more --messages or fewer --seconds`,
    );
  const left = await dueNow();
  const before = prune.seconds;
  prune.goOn();
  const printed = await prune.ended();
  const byItself = left === 0 ? null : left / (prune.seconds - before);
  const pruned = Number(printed[pruning]);
  if (!(pruned >= due && pruned <= due + dueLater))
    throw new Error(`${due} ${pruning} were due, prune says ${String(printed[pruning])}`);
  if ((await dueNow()) > 0) throw new Error('prune left some that were due');
  if ((await countKept(url, margin)) !== kept) throw new Error('prune took out what was not due');
  const checked = await checkTraffic('grown', url, since, await load.expect('grown'));
  return {
    pruning,
    due,
    alone: median(samples.map((each) => each.alone.perSecond)),
    during: median(samples.map((each) => each.during.perSecond)),
    ratio: median(samples.map((each) => each.during.perSecond / each.alone.perSecond)),
    ratios: samples.map((each) => each.during.perSecond / each.alone.perSecond),
    p99Alone: median(samples.map((each) => each.alone.p99)),
    p99During: median(samples.map((each) => each.during.p99)),
    besideLoad: median(samples.map((each) => each.during.pruned)),
    byItself,
    checked,
  };
}

const openRun = `exists (select from clerk.handler_runs as run where run.message_id = message.id and run.state = 'pending')`;
const dueRows: Readonly<Record<Pruning, string>> = {
  bodies: `body is not null and state in ('applied', 'unhandled')`,
  messages: 'body is null',
};

/** `before`: on the database's clock. */
function countDue(url: string, pruning: Pruning, before: string): Promise<number> {
  return count(
    url,
    `clerk.inbox_messages as message where ${dueRows[pruning]} and received_at < $1 and not ${openRun}`,
    before,
  );
}

/** Messages that were there before the bench, and must be there afterwards with their bodies. */
function countKept(url: string, since: string): Promise<number> {
  return count(
    url,
    `clerk.inbox_messages where body is not null and received_at < (select seeded_at from bench_growth.state)
      and (received_at >= $1 or state in ('pending', 'dead', 'foreign'))`,
    since,
  );
}

async function daysAgo(url: string, days: number): Promise<string> {
  return withClient(url, async (client) => {
    const sql = `select (now() - interval '1 day' * $1::float8)::text as at`;
    return (await client.query<{ at: string }>(sql, [days])).rows[0]?.at ?? '';
  });
}

/** The number of days at which about so many are due. */
async function daysFor(url: string, pruning: Pruning, wanted: number): Promise<number> {
  for (let days = 29; days > 0; days -= 1)
    if ((await countDue(url, pruning, await daysAgo(url, days))) >= wanted * 0.95) return days;
  throw new Error(`there are no ${wanted} ${pruning} to prune`);
}

async function untilLess(dueNow: () => Promise<number>, due: number): Promise<void> {
  const deadline = Date.now() + beginningMs;
  while (Date.now() < deadline) {
    if ((await dueNow()) < due) return;
    await sleep(20);
  }
  throw new Error('prune did not begin');
}

async function count(url: string, from: string, value: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${from}`, [value]);
    return Number(rows[0]?.count);
  });
}
