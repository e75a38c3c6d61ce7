// The search for messages where it walks back in time: in small steps, out of time, through a subject of too many.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createSearchMessages,
  type Counted,
  type Found,
  type Search,
  type SearchLimits,
} from '../../src/operator/messages/search-messages.ts';
import type { Place } from '../../src/inbox/stored-messages.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { statement } from '../../src/database/statement.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;
const many = 400;
const limits = { lockMs: 1000, totalMs: 20_000 };

beforeAll(async () => {
  mirror = await openMirror();
  // Seven of each moment; one in ten is of a rare type, one in fifty dead, one in three without its body.
  await mirror.database.knex
    .raw(`insert into clerk.inbox_messages (id, type, subject_id, occurred_at, received_at, body, state, attempts)
    select 'msg_' || lpad(n::text, 5, '0'), case when n % 10 = 0 then 'rare' else 'frequent' end, 'user_' || n % 2,
      now(), timestamptz '2026-01-01' - (n / 7) * interval '1234567 microseconds', case when n % 3 > 0 then '{}' end,
      case when n % 50 = 0 then 'dead' else 'applied' end, 1 from generate_series(1, ${many}) as n`);
});
afterAll(() => mirror.close());

const noTime: SearchLimits = { budgetMs: -1, mostOfSubject: 5, windows: [3, 11] };

function find(search: Search, before: Place | undefined, most: number, how?: SearchLimits): Promise<Found> {
  return inTransaction(mirror.database, limits, (connection) =>
    createSearchMessages('clerk', how).find(connection, search, before, most),
  );
}

function countAll(search: Search, most: number, how?: SearchLimits): Promise<Counted> {
  return inTransaction(mirror.database, limits, (connection) =>
    createSearchMessages('clerk', how).count(connection, search, most),
  );
}

/** Newest first, as the insert above numbered them. */
function expected(is: (n: number) => boolean): string[] {
  return Array.from({ length: many }, (_, index) => index + 1)
    .filter(is)
    .sort((a, b) => Math.floor(a / 7) - Math.floor(b / 7) || b - a)
    .map((n) => `msg_${String(n).padStart(5, '0')}`);
}

async function walk(
  search: Search,
  most: number,
  how?: SearchLimits,
): Promise<{ ids: string[]; turns: number }> {
  const ids: string[] = [];
  for (let place: Place | undefined, turns = 1; ; turns++) {
    const { messages, next, lookedBackTo } = await find(search, place, most, how);
    ids.push(...messages.map(({ id }) => id));
    expect(messages.length).toBeLessThanOrEqual(most);
    // A page that is not full says how far it came, or is the last.
    if (messages.length < most && next !== undefined) expect(lookedBackTo).toBeDefined();
    if (next === undefined) return { ids, turns };
    place = next;
  }
}

test.each<[string, Search, (n: number) => boolean]>([
  ['all', {}, () => true],
  ['a rare type', { type: 'rare' }, (n) => n % 10 === 0],
  ['a subject of too many', { subject: 'user_1' }, (n) => n % 2 === 1],
  ['a subject of too many, and a type', { subject: 'user_0', type: 'rare' }, (n) => n % 10 === 0],
  ['dead ones', { state: 'dead' }, (n) => n % 50 === 0],
  ['dead ones of a type that is not', { state: 'dead', type: 'frequent' }, () => false],
  ['applied ones', { state: 'applied' }, (n) => n % 50 !== 0],
  ['until', { until: new Date(Date.parse('2026-01-01') - 60_000) }, (n) => Math.floor(n / 7) > 48],
  ['since', { since: new Date(Date.parse('2026-01-01') - 60_000) }, (n) => Math.floor(n / 7) <= 48],
])(
  '%s: the same by large steps, by small ones, and when the time is always used up',
  async (_name, search, is) => {
    const ids = expected(is);
    const large = await walk(search, 50);
    const small = await walk(search, 50, { ...noTime, budgetMs: 10_000 });
    const late = await walk(search, 50, noTime);
    expect(large.ids).toEqual(ids);
    expect(small.ids).toEqual(ids);
    expect(late.ids).toEqual(ids);
    expect(large.turns).toBe(Math.max(1, Math.ceil(ids.length / 50)));
    expect(late.turns).toBeGreaterThan(large.turns);
  },
);

test('how far it looked is told', async () => {
  const { messages, next, lookedBackTo } = await find({ type: 'nothing' }, undefined, 50, noTime);
  expect(messages).toEqual([]);
  // Three of the newest moment were passed.
  expect(next).toEqual({ receivedAt: '2026-01-01T00:00:00.000000Z', id: 'msg_00004' });
  expect(lookedBackTo?.toISOString()).toBe('2026-01-01T00:00:00.000Z');
});

test('counts those that have a body, so far and no further', async () => {
  const withBody = (n: number): boolean => n % 3 > 0;
  const all = expected((n) => withBody(n)).length;
  expect(await countAll({}, 10_000)).toEqual({ messages: all, isAll: true, lookedBackTo: undefined });
  expect(await countAll({}, all)).toEqual({ messages: all, isAll: true, lookedBackTo: undefined });
  expect(await countAll({}, all - 1)).toMatchObject({ messages: all - 1, isAll: false });
  const dead = expected((n) => withBody(n) && n % 50 === 0).length;
  expect(await countAll({ state: 'dead' }, 100)).toMatchObject({ messages: dead, isAll: true });
  expect(await countAll({ id: 'msg_00003' }, 100)).toMatchObject({ messages: 0, isAll: true });
  expect(await countAll({ subject: 'user_1' }, 100, noTime)).toMatchObject({
    isAll: false,
    lookedBackTo: expect.any(Date),
  });
});

test('an inbox that was never analysed is not read whole: indexes are walked in their order', async () => {
  const plans: string[] = [];
  await inTransaction(mirror.database, limits, async (connection) => {
    // Enough that Postgres, which takes a half of a hundredth of them for the answer, had rather sort that.
    await connection.run(
      statement(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
        select 'msg_old_' || n, 'frequent', now(), timestamptz '2025-01-01' - n * interval '1 second', case when n % 2 = 0 then '{}' end,
          case when n % 3 = 0 then 'dead' else 'applied' end, 1 from generate_series(1, 60000) as n`),
      [],
    );
    await connection.run(
      statement(`delete from pg_statistic where starelid = 'clerk.inbox_messages'::regclass`),
      [],
    );
    const explaining = {
      run: async <R extends object>(
        sql: { text: string; name: string },
        values: readonly unknown[],
      ): Promise<R[]> => {
        if (!sql.text.includes('passed'))
          return connection.run(sql, values) as Promise<unknown> as Promise<R[]>;
        const plan = await connection.run<Record<string, string>>(statement(`explain ${sql.text}`), values);
        plans.push(plan.map((line) => line['QUERY PLAN']).join('\n'));
        return connection.run(sql, values) as Promise<unknown> as Promise<R[]>;
      },
    };
    // More than Postgres takes the whole inbox for.
    const search = createSearchMessages('clerk', { ...noTime, windows: [20_000] });
    for (const each of [{}, { type: 'rare' }, { state: 'dead' as const, type: 'nothing' }])
      await search.find(explaining, each, undefined, 50);
  });
  expect(plans).toHaveLength(3);
  for (const plan of plans) {
    expect(plan).not.toMatch(/Bitmap|Seq Scan/);
    // What is sorted has been cut off before.
    expect(plan.slice(plan.indexOf('CTE passed'))).toMatch(/Limit/);
    expect(plan).toMatch(/Index Scan (?:Backward )?using inbox_messages_(?:bodies|unapplied)/);
  }
});
