// Runs of backfill and reconcile: one at a time, taken over with their cursor, and nobody goes on with what he lost.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { inTransaction } from '../../src/database/transaction.ts';
import { createDatabase as connect, type Database } from '../../src/database/database.ts';
import { statement } from '../../src/database/statement.ts';
import { createSyncRuns, type SyncRequest, type SyncRun, type SyncRuns } from '../../src/sync/sync-runs.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { templateName } from '../support/template.ts';

const claimers = 20;
/** Each has a connection of its own, as each process has. */
const databases: Database[] = [];
let own: TestDatabase;
let database: Database;
let runs: SyncRuns;

beforeAll(async () => {
  own = await createDatabase(templateName);
  for (let each = 0; each < claimers; each++)
    databases.push(connect({ url: own.url, schema: 'clerk', poolMax: 1 }));
  database = connect({ url: own.url, schema: 'clerk', poolMax: 4 });
  runs = createSyncRuns(database);
});
beforeEach(async () => {
  await database.knex.raw('truncate clerk.sync_runs');
});
afterAll(async () => {
  for (const each of [...databases, database]) await each.close();
  await own.drop();
});

const users: SyncRequest = { kind: 'backfill', resource: 'users', fixes: false, instanceId: 'ins_1' };
const reconcile: SyncRequest = { ...users, kind: 'reconcile', fixes: true };
const four = Date.parse('2026-03-01T04:00:00Z');
const day = 86_400_000;

async function claimed(request: SyncRequest, by = runs): Promise<SyncRun> {
  const run = await by.claim(request);
  if (typeof run === 'string') throw new Error(`the claim was answered ${run}`);
  return run;
}

const claimByAll = (request: SyncRequest): Promise<(SyncRun | 'busy' | 'done')[]> =>
  Promise.all(databases.map((each) => createSyncRuns(each).claim(request)));

const stored = async (): Promise<Record<string, unknown>[]> =>
  database.knex.withSchema('clerk').from('sync_runs').orderBy('id').select('*');

/** As if its process had been gone for so long. */
async function fallSilent(seconds = 16): Promise<void> {
  await database.knex.raw(
    `update clerk.sync_runs set heartbeat_at = heartbeat_at - interval '1 second' * ? where finished_at is null`,
    [seconds],
  );
}

const save = (run: SyncRun, cursor: Record<string, unknown>, counts: Record<string, number>): Promise<void> =>
  inTransaction(database, { lockMs: 1000, totalMs: 5000 }, (connection) =>
    runs.save(connection, run, cursor, counts),
  );

describe('many claim at once', () => {
  test('one begins it, one takes it over when that one is silent: the others are told that it is held', async () => {
    for (let round = 0; round < 10; round++) {
      const request = { ...users, resource: `round_${round}` };
      for (const cursor of [undefined, { after: 'user_500' }]) {
        const answers = await claimByAll(request);
        const winners = answers.filter((each) => typeof each === 'object');
        expect(winners).toHaveLength(1);
        expect(answers.filter((each) => each === 'busy')).toHaveLength(claimers - 1);
        expect(winners[0]?.cursor).toEqual(cursor);
        await save(winners[0]!, { after: 'user_500' }, { rows: 500 });
        await fallSilent();
      }
    }
    expect(await stored()).toHaveLength(10);
  });

  test('for one time of the schedule there is one run in all, also when each is over at once', async () => {
    for (let round = 0; round < 10; round++) {
      const request = { ...reconcile, scheduledFor: four + round * day };
      const began = await Promise.all(
        databases.map(async (each, index) => {
          const replica = createSyncRuns(each);
          // Some ask when the first has finished.
          await new Promise((resolve) => setTimeout(resolve, index % 5));
          const run = await replica.claim(request);
          if (typeof run === 'string') return 0;
          await replica.finish(run, { counts: {} });
          return 1;
        }),
      );
      expect(began.reduce<number>((sum, each) => sum + each, 0)).toBe(1);
      expect(await claimByAll(request)).toEqual(Array.from({ length: claimers }, () => 'done'));
    }
    expect(await stored()).toHaveLength(10);
  });

  test('runs of other resources and kinds go beside it', async () => {
    const first = await claimed(users);
    await claimed(reconcile);
    await claimed({ ...users, resource: 'organizations' });
    expect(await runs.holder('backfill', 'users')).toBe(first.claimedBy);
    expect(await runs.holder('backfill', 'sessions')).toBeUndefined();
  });
});

describe('a run that was taken over', () => {
  test('goes on at its cursor, with its counts and its beginning', async () => {
    const since = four;
    const first = await claimed({ ...users, since });
    expect(first).toMatchObject({
      kind: 'backfill',
      resource: 'users',
      since,
      cursor: undefined,
      counts: {},
    });
    // By the clock of the database, which is this machine's here.
    expect(Math.abs(first.startedAt - Date.now())).toBeLessThan(60_000);
    await save(first, { after: 'user_1', deep: [1, null] }, { rows: 7, total: 9 });
    await runs.letGo(first);
    expect(await runs.holder('backfill', 'users')).toBeUndefined();
    const second = await claimed({ ...users, since });
    expect(second).toEqual({
      ...first,
      cursor: { after: 'user_1', deep: [1, null] },
      counts: { rows: 7, total: 9 },
      claimedBy: second.claimedBy,
    });
    expect(second.claimedBy).not.toBe(first.claimedBy);
  });

  test('is lost to the one who had it: his page is not written, his end not told, the other is not disturbed', async () => {
    const first = await claimed(users);
    await save(first, { page: 1 }, { rows: 500 });
    await fallSilent();
    const second = await claimed(users);
    const page = inTransaction(database, { lockMs: 1000, totalMs: 5000 }, async (connection) => {
      await connection.run(statement(`insert into clerk.users (id) values ('user_late')`), []);
      await runs.save(connection, first, { page: 2 }, { rows: 1000 });
    });
    await expect(page).rejects.toMatchObject({ code: 'sync-lost' });
    expect(await database.knex.raw<{ rows: unknown[] }>('select from clerk.users')).toMatchObject({
      rows: [],
    });
    expect(await runs.heartbeat(first)).toBe(false);
    await expect(runs.finish(first, { counts: { rows: 1 } })).rejects.toMatchObject({ code: 'sync-lost' });
    await runs.letGo(first);
    expect(await stored()).toMatchObject([
      { cursor: { page: 1 }, counts: { rows: 500 }, claimed_by: second.claimedBy, finished_at: null },
    ]);
    expect(await runs.heartbeat(second)).toBe(true);
    await runs.finish(second, { counts: { rows: 600 } });
    await expect(save(second, { page: 3 }, {})).rejects.toMatchObject({ code: 'sync-lost' });
    expect(await runs.heartbeat(second)).toBe(false);
  });

  test('is one whose holder is silent for 15 s, not 14', async () => {
    const first = await claimed(users);
    await fallSilent(14);
    expect(await runs.claim(users)).toBe('busy');
    expect(await runs.heartbeat(first)).toBe(true);
    await fallSilent(14);
    expect(await runs.claim(users)).toBe('busy');
    await save(first, {}, {});
    await fallSilent(14);
    expect(await runs.claim(users)).toBe('busy');
    await fallSilent(2);
    await claimed(users);
  });

  test('is not one that writes a page just now, however old its heartbeat: the claim does not wait for it', async () => {
    const first = await claimed(users);
    await fallSilent();
    await inTransaction(database, { lockMs: 1000, totalMs: 20_000 }, async (connection) => {
      await runs.save(connection, first, { page: 1 }, {});
      expect(await claimByAll(users)).toEqual(Array.from({ length: claimers }, () => 'busy'));
      expect(await runs.claim({ ...users, fixes: true })).toBe('busy');
    });
    expect(await runs.heartbeat(first)).toBe(true);
  });
});

describe('a run with other options', () => {
  test.each<[string, Partial<SyncRequest>]>([
    ['since', { since: four }],
    ['fixes', { fixes: false }],
    ['another instance', { instanceId: 'ins_2' }],
  ])('%s: waits for its end, and begins anew when nobody holds the old one', async (_name, other) => {
    const first = await claimed(reconcile);
    await save(first, { page: 1 }, { rows: 500 });
    expect(await runs.claim({ ...reconcile, ...other })).toBe('busy');
    await runs.letGo(first);
    const second = await claimed({ ...reconcile, ...other });
    expect(second).toMatchObject({ cursor: undefined, counts: {} });
    expect(await stored()).toMatchObject([
      { id: first.id, error: 'superseded', finished_at: expect.any(Date), counts: { rows: 500 } },
      { id: second.id, error: null, finished_at: null, instance_id: other.instanceId ?? 'ins_1' },
    ]);
    await expect(save(first, { page: 2 }, {})).rejects.toMatchObject({ code: 'sync-lost' });
    await expect(runs.finish(first, { counts: {} })).rejects.toMatchObject({ code: 'sync-lost' });
  });
});

describe('the schedule', () => {
  const at = (scheduledFor: number): SyncRequest => ({ ...reconcile, scheduledFor });

  test('an earlier time is not run after a later one; the next one is', async () => {
    await runs.finish(await claimed(at(four)), { counts: {} });
    expect(await runs.claim(at(four - 1))).toBe('done');
    await runs.finish(await claimed(at(four + day)), { counts: {}, error: 'clerk-unreachable' });
    expect(await runs.claim(at(four + day))).toBe('done');
    // By hand is always.
    await runs.finish(await claimed(reconcile), { counts: {} });
    await claimed(at(four + 2 * day));
  });

  test('what nobody holds any more is told to whoever asks, and taken over as it was', async () => {
    const request = { ...at(four), since: four - day };
    const first = await claimed(request);
    await save(first, { page: 1 }, {});
    const byHand = await claimed(users);
    expect(await runs.abandoned()).toEqual([]);
    await runs.letGo(byHand);
    await fallSilent();
    expect(await runs.abandoned()).toEqual([request]);
    const [given] = await runs.abandoned();
    const second = await claimed(given!);
    expect(second).toMatchObject({ id: first.id, cursor: { page: 1 } });
    expect(await runs.abandoned()).toEqual([]);
    // A stop lets go: the next one has not to wait.
    await runs.letGo(second);
    expect(await runs.abandoned()).toEqual([request]);
  });

  test('a run that the next time of the schedule takes over, or that was begun by hand, is the one of that time', async () => {
    await runs.letGo(await claimed(reconcile));
    await runs.letGo(await claimed(at(four)));
    const last = await claimed(at(four + day));
    await runs.finish(last, { counts: {} });
    expect(await stored()).toMatchObject([{ scheduled_for: new Date(four + day) }]);
    expect(await runs.claim(at(four + day))).toBe('done');
  });

  test('whole runs, and looks at what changed lately, have a schedule each', async () => {
    const recent = { ...at(four), since: four - day };
    await runs.finish(await claimed(recent), { counts: {} });
    expect(await runs.claim({ ...recent, since: four - 5 })).toBe('done');
    await runs.finish(await claimed(at(four)), { counts: {} });
    expect(await stored()).toHaveLength(2);
    await claimed({ ...at(four + 1), since: four });
  });

  test('a whole run that stopped goes before a look at what changed lately; nothing goes before a whole one', async () => {
    const recent = { ...at(four + 1), since: four };
    const whole = await claimed(at(four));
    await save(whole, { page: 9 }, {});
    await runs.letGo(whole);
    expect(await runs.claim(recent)).toBe('busy');
    const again = await claimed(at(four));
    expect(again.cursor).toEqual({ page: 9 });
    await runs.finish(again, { counts: {} });
    await runs.letGo(await claimed(recent));
    await runs.letGo(await claimed({ ...recent, since: four + 1, scheduledFor: four + 2 }));
    await claimed(at(four + day));
    expect(await stored()).toMatchObject([
      { error: null },
      { error: 'superseded' },
      { error: 'superseded' },
      { finished_at: null },
    ]);
  });

  test('a time of the schedule whose run was superseded can have another; by hand, or for another instance, nothing is waited for', async () => {
    await runs.letGo(await claimed(at(four)));
    await runs.finish(await claimed({ ...reconcile, fixes: false }), { counts: {} });
    await runs.finish(await claimed(at(four)), { counts: {} });
    expect(await runs.claim(at(four))).toBe('done');
    for (const other of [{ instanceId: 'ins_2' }, { fixes: false }, { scheduledFor: undefined }]) {
      await runs.letGo(await claimed(at(four + day)));
      await runs.letGo(await claimed({ ...at(four + day), since: four, ...other }));
    }
  });
});

describe('the end of a run', () => {
  test('keeps counts, examples and error, may be told twice, and lets the next one begin', async () => {
    const run = await claimed(reconcile);
    const end = { counts: { left: 2 }, examples: { gone: ['user_1', 'user_2'] }, error: 'clerk-refused' };
    await runs.finish(run, end);
    const [first] = await stored();
    expect(first).toMatchObject({ ...end, finished_at: expect.any(Date) });
    await runs.finish(run, end);
    expect((await stored())[0]?.finished_at).toEqual(first?.finished_at);
    expect((await claimed(reconcile)).id).not.toBe(run.id);
  });

  test('a resource is filled when a whole backfill of it came to its end', async () => {
    await runs.finish(await claimed(reconcile), { counts: {} });
    await runs.finish(await claimed({ ...users, since: four }), { counts: {} });
    await runs.finish(await claimed(users), { counts: {}, error: 'clerk-refused' });
    const run = await claimed(users);
    expect(await runs.filled()).toEqual(new Set());
    await runs.finish(run, { counts: {} });
    await runs.finish(await claimed({ ...users, resource: 'sessions' }), { counts: {} });
    await runs.finish(await claimed(users), { counts: {}, error: 'clerk-refused' });
    expect(await runs.filled()).toEqual(new Set(['users', 'sessions']));
  });

  test('removes all but the newest 100 of its kind and resource, and what status still tells of', async () => {
    const insert = (values: string, count: number): Promise<unknown> =>
      database.knex.raw(`insert into clerk.sync_runs
        (kind, resource, since, fixes, instance_id, counts, error, scheduled_for, heartbeat_at, started_at, finished_at)
        select ${values}, now(), now(), now() from generate_series(1, ${count}) as n`);
    const of = (
      resource: string,
      since: string,
      counts: string,
      error = 'null',
      scheduled = 'null',
    ): string =>
      `'reconcile', '${resource}', ${since}::timestamptz, false, 'ins_1', '${counts}', ${error}, ${scheduled}::timestamptz`;
    await insert(of('users', 'null', '{"left": 9}', `'superseded'`), 5);
    await insert(of('users', 'null', '{"left": 0, "kept": 1}'), 1);
    await insert(of('users', 'null', '{"left": 3, "kept": 2}'), 1);
    await insert(of('users', 'now()', '{"left": 1, "kept": 3}'), 1);
    await insert(of('users', 'null', '{"left": 0, "kept": 4}', `'clerk-refused'`, `'2026-03-01'`), 1);
    await insert(of('users', 'now()', '{"left": 0}'), 150);
    await insert(of('organizations', 'now()', '{"left": 0}'), 150);
    const [before] = (await stored()).filter(({ resource }) => resource === 'organizations');
    await runs.finish(await claimed({ ...reconcile, since: four }), { counts: { left: 0 } });
    const left = await stored();
    const kept = left.filter(({ resource }) => resource === 'users');
    expect(kept).toHaveLength(104);
    expect(kept.slice(0, 5).map(({ counts }) => (counts as { kept?: number }).kept)).toEqual([
      1,
      2,
      3,
      4,
      undefined,
    ]);
    expect(left.filter(({ resource }) => resource === 'organizations')).toHaveLength(150);
    expect(left.find(({ resource }) => resource === 'organizations')).toEqual(before);
  });
});
