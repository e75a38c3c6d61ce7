// /sync of the operator page: a backfill and a reconcile from their start to their end, drift shown, and runs stopped wherever they are at work.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createOperatorApp, type OperatorApp } from '../../src/operator/operator-app.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { backfill } from '../../src/sync/backfill.ts';
import { chosenResources, resources } from '../../src/sync/resources.ts';
import { SyncSchedule, type ScheduleOptions } from '../../src/sync/schedule.ts';
import { createSyncRuns, type SyncRuns } from '../../src/sync/sync-runs.ts';
import { openMirror } from '../support/mirror.ts';
import { openPages, type OperatorPages } from '../support/operator-pages.ts';
import { freePort } from '../support/service-process.ts';
import { openSynced, unfinishedIn, type Synced } from '../support/synced.ts';
import { until } from '../support/until.ts';

const pageSize = 50;
let synced: Synced;
let operator: OperatorApp;
let pages: OperatorPages;
/** Pages of users that are answered before the others are held back; see `holdUsers`. */
let free = Infinity;
let held = Promise.withResolvers<undefined>();

beforeAll(async () => {
  const watch = async (path: string): Promise<void> => {
    if (path === '/users' && free-- <= 0) await held.promise;
  };
  synced = await openSynced({ seed: 'operator', steps: 60, pageSize, clerk: { watch } });
  synced.tenant.addEarlierUsers(260);
  operator = createOperatorApp({ ...synced.mirror.app.operatorParts, sync: synced.sync });
  pages = await openPages(operator.app);
});
beforeEach(() => synced.mirror.empty());
afterEach(release);
afterAll(async () => {
  await pages.close();
  await operator.stop();
  await synced.close();
});

/** From now on two pages of users are answered, and no more until `release`. */
function holdUsers(): void {
  free = 2;
}
function release(): void {
  free = Infinity;
  held.resolve(undefined);
  held = Promise.withResolvers();
}

interface Run {
  readonly id: string;
  readonly resource: string;
  readonly counts: { readonly rows?: number; readonly total?: number; readonly left?: number };
  readonly claimed_by: string | null;
  readonly scheduled_for: Date | null;
  readonly since: Date | null;
  readonly finished_at: Date | null;
  readonly error: string | null;
}
const runs = async (where: Record<string, unknown>): Promise<Run[]> =>
  (await synced.mirror.rows('sync_runs', where)) as unknown as Run[];
const usersRun = async (kind: string): Promise<Run | undefined> =>
  (await runs({ kind, resource: 'users' })).filter(({ since }) => since === null).at(-1);
/** Two pages are written then, and the third is held back. */
const underWay = (kind: string): Promise<void> =>
  until(
    `the ${kind} is in the middle of users`,
    async () => (await usersRun(kind))?.counts.rows === 2 * pageSize,
  );
/** How many resources a whole run has ended of. */
const ended = async (kind: string): Promise<number> => {
  const whole = (await runs({ kind })).filter(
    ({ since, finished_at }) => since === null && finished_at !== null,
  );
  return new Set(whole.map(({ resource }) => resource)).size;
};
const users = (): number => synced.tenant.world.users.openCount;
const usersAsked = (): number => synced.clerk.requests.get('/users') ?? 0;
/** Behind the mirror's back. */
async function disturbUsers(): Promise<{ lost: string; wrong: string }> {
  const { mirror } = synced;
  const { knex } = mirror.database;
  const [lost = '', wrong = ''] = (await mirror.rows('users')).map(({ id }) => String(id));
  await knex.raw(`update clerk.users set first_name = 'Somebody-Else' where id = ?`, [wrong]);
  const { rows: owned } = await knex.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.columns join information_schema.tables using (table_schema, table_name)
      where table_schema = 'clerk' and column_name = 'user_id' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of owned) await knex.raw('delete from clerk.?? where user_id = ?', [name, lost]);
  await knex.raw('delete from clerk.users where id = ?', [lost]);
  await knex.raw(`insert into clerk.users (id, source_event_at) values ('user_nobody', '2020-01-01')`);
  return { lost, wrong };
}

describe('from begin to end', () => {
  test('a backfill fills everything; what reconcile finds is shown by cause, led to, and mended', async () => {
    const before = await pages.show('/sync');
    expect(before.text).toContain('Nobody has looked for drift yet');
    expect(before.text).toContain('Nothing is at work');

    const filled = await pages.press('/sync/backfill');
    expect(filled.asked.text).toContain('all resources');
    const listed = Number(
      /Clerk says that it has ([\d,]+)/.exec(filled.asked.text)?.[1]?.replaceAll(',', ''),
    );
    expect(listed).toBeGreaterThan(users());
    expect(await pages.outcome(filled.deed)).toMatch(
      /loopback backfill all resources done .* rows from Clerk in/,
    );
    expect(await synced.differences()).toEqual([]);
    const after = await pages.show('/sync');
    expect(after.text).toContain('Nothing is at work');
    expect(after.text.match(/backfill of \w+ finished/g)).toHaveLength(resources.length);
    expect(after.text).toMatch(/backfill of users finished [\d,]+ rows · \d+ requests/);

    // One row is lost, one is wrong, and one is there that Clerk does not know.
    synced.clock.ahead += 60_000;
    const { lost, wrong } = await disturbUsers();
    const looked = await pages.press('/sync/reconcile?resource=users');
    expect(looked.asked.text).toContain('No row is changed');
    expect(await pages.outcome(looked.deed)).toMatch(
      /reconcile users done .*drift: 1 missing here, 1 stale here, 1 gone there; nothing was mended/,
    );
    const drifted = await pages.show('/sync');
    expect(drifted.text).toMatch(/users 3 1 1 1 /);
    for (const id of [lost, wrong, 'user_nobody']) expect(drifted.html).toContain(`href="/subjects/${id}"`);
    expect(drifted.text).toContain('never yet');

    const mended = await pages.press('/sync/reconcile?mend=yes&resource=users');
    expect(await pages.outcome(mended.deed)).toMatch(/reconcile and mend users done .*3 mended, 0 left/);
    expect(await synced.mirror.row('users', lost)).toBeDefined();
    expect((await synced.mirror.row('users', 'user_nobody'))?.deleted_at).toBeInstanceOf(Date);
    const well = await pages.show('/sync');
    expect(well.text).toMatch(/users 0 1 1 1 /);
    expect(well.text).not.toContain('never yet');
  });

  test('while it is at work its progress is shown, and another of the same is refused', async () => {
    holdUsers();
    const { deed, text } = await pages.press('/sync/backfill?resource=users');
    expect(text).toMatch(/running backfill users/);
    await underWay('backfill');
    const shown = await pages.show(`/sync?deed=${deed ?? ''}`);
    expect(shown.text).toContain(`backfill of users running 100 of ${users()} rows`);
    expect(shown.html).toContain(`<progress max="${users()}" value="100"`);
    // It is written down a moment later.
    expect(shown.text).toMatch(/running backfill users · (50|100) of [\d,]+ rows, at users/);
    expect((await pages.show('/sync/backfill')).text).toContain('The backfill of users is at work already');
    const again = await pages.press('/sync/backfill?resource=users&resource=organizations');
    expect([again.status, again.deed]).toEqual([409, undefined]);
    expect(await runs({ resource: 'organizations' })).toEqual([]);
    release();
    expect(await pages.outcome(deed)).toMatch(/done .* rows from Clerk/);
  });

  test('what Clerk refuses, or a Clerk that is away, is told', async () => {
    synced.between.alter = ({ path }) =>
      path === '/organizations' ? { status: 400, body: { errors: [{ code: 'made_up' }] } } : undefined;
    try {
      const { deed } = await pages.press('/sync/backfill?resource=organizations');
      expect(await pages.outcome(deed)).toMatch(
        /failed .*organizations is not finished \(.*\/organizations.*400/,
      );
    } finally {
      synced.between.alter = () => undefined;
    }
    const wrongKey = { CLERK_SECRET_KEY: 'sk_live_not_ours', CLERK_API_URL: synced.clerk.url };
    await askedAndBegun(wrongKey, /Clerk cannot be asked now: .*not accepted/, /failed .*not accepted/);
    // Not begun: a Clerk that is away is asked again for half a minute.
    const away = { CLERK_SECRET_KEY: 'sk_live_x', CLERK_API_URL: `http://127.0.0.1:${await freePort()}` };
    await askedAndBegun(away, /Clerk (cannot be asked now|did not say in time)/);
  });

  async function askedAndBegun(key: Record<string, string>, asked: RegExp, begun?: RegExp): Promise<void> {
    const other = await openMirror(key);
    const own = await openPages(other.app.operatorApp);
    try {
      const question = await own.show('/sync/reconcile?resource=users');
      expect([question.status, question.text]).toEqual([200, expect.stringMatching(asked)]);
      if (begun !== undefined)
        expect(await own.outcome((await own.press('/sync/reconcile?resource=users')).deed)).toMatch(begun);
      expect((await own.show('/sync')).status).toBe(200);
    } finally {
      await own.close();
      await other.app.sync?.api.close();
      await other.close();
    }
  }
});

/** Presses the button -> the id of the run that it stopped, and how the deed ended. */
async function stopUsers(kind = 'backfill'): Promise<{ id: string; asked: string; words: string }> {
  const { id = '' } = (await usersRun(kind)) ?? {};
  const { deed, asked } = await pages.press(`/sync/stop?run=${id}`);
  return { id, asked: asked.text, words: await pages.outcome(deed) };
}

const stoppedRun = { claimed_by: null, finished_at: null, error: 'stopped by an operator' };

describe('stop', () => {
  test('of a long backfill while it is at work here: it stands, and a command goes on with it', async () => {
    holdUsers();
    const { deed } = await pages.press('/sync/backfill?resource=users');
    await underWay('backfill');
    const { id, asked: question, words: stopped } = await stopUsers();
    expect(question).toContain('backfill of users: running');
    expect(stopped).toMatch(/stop backfill users done Stopped: backfill of users\. Begun again it goes on\./);
    release();
    const words = await pages.outcome(deed);
    expect(words).toMatch(/backfill users done .*users is not finished \(stopped by an operator\)/);
    expect(words).not.toContain('taken over');
    expect(await runs({ id })).toMatchObject([{ ...stoppedRun, counts: { rows: 100 } }]);
    const shown = await pages.show('/sync');
    expect(shown.text).toMatch(/backfill of users stopped stopped by an operator/);
    expect(shown.html).not.toContain(`href="/sync/stop?run=${id}"`);

    const asked = usersAsked();
    expect(unfinishedIn(await synced.fill({ resources: chosenResources(['users']) }))).toEqual({});
    expect(usersAsked() - asked).toBe(Math.floor((users() - 100) / pageSize) + 1);
    expect((await synced.mirror.rows('users')).length).toBe(users());
    expect(await runs({ id })).toMatchObject([{ error: null, finished_at: expect.any(Date) }]);
  });

  test('while the next page does not come: the heartbeat tells', async () => {
    holdUsers();
    const lease = createSyncRuns(synced.mirror.database, { leaseMs: 1000 });
    const { id: instanceId } = await synced.sync.learn();
    const filling = backfill(
      { ...synced.sync, runs: lease },
      { resources: chosenResources(['users']), instanceId },
      { signal: new AbortController().signal },
    );
    await underWay('backfill');
    const asked = usersAsked();
    await stopUsers();
    // The third page is still held back, and was not asked for again.
    expect(unfinishedIn(await filling)).toEqual({ users: 'stopped: stopped by an operator' });
    expect(usersAsked()).toBe(asked);
    expect((await synced.mirror.rows('users')).length).toBe(100);
  });

  test('of every backfill at once', async () => {
    holdUsers();
    const { deed } = await pages.press('/sync/backfill');
    await underWay('backfill');
    expect((await runs({ kind: 'backfill', finished_at: null })).length).toBeGreaterThan(1);
    expect((await pages.show('/sync')).html).toContain('href="/sync/stop?kind=backfill"');
    const stopped = await pages.press('/sync/stop?kind=backfill');
    expect(await pages.outcome(stopped.deed)).toContain('stop every backfill done');
    release();
    expect(await pages.outcome(deed)).toMatch(/users is not finished \(stopped by an operator\)/);
    expect((await runs({ kind: 'backfill', claimed_by: null, finished_at: null })).length).toBeGreaterThan(0);
    expect((await usersRun('backfill'))?.counts.rows).toBe(100);
  });

  test('twice, or of what has ended, or of what never was: nothing more is done', async () => {
    holdUsers();
    const { deed } = await pages.press('/sync/backfill?resource=users');
    await underWay('backfill');
    const both = await Promise.all([stopUsers(), stopUsers()]);
    const [{ id }] = both;
    const told = (what: string): unknown[] => both.filter(({ words }) => words.includes(what));
    expect(told('Stopped: backfill of users')).toHaveLength(1);
    expect(told('it had ended, or been stopped, before')).toHaveLength(1);
    release();
    await pages.outcome(deed);
    expect((await pages.show(`/sync/stop?run=${id}`)).text).toContain('nothing to stop any more');

    // Begun again it is at work as any other, and can be stopped as any other.
    free = 0;
    const { deed: second } = await pages.press('/sync/backfill?resource=users');
    await until('it goes on', async () => (await runs({ id }))[0]?.claimed_by !== null);
    expect((await runs({ id }))[0]?.error).toBeNull();
    expect((await pages.show('/sync')).text).toMatch(/backfill of users running/);
    expect((await stopUsers()).words).toContain('Stopped: backfill of users');
    release();
    expect(await pages.outcome(second)).toContain('stopped by an operator');

    await pages.outcome((await pages.press('/sync/backfill?resource=users')).deed);
    const [end] = await runs({ id });
    expect(end).toMatchObject({ error: null, finished_at: expect.any(Date) });
    const late = await stopUsers();
    expect(late.asked).toContain('backfill of users: finished');
    expect(late.words).toContain('it had ended, or been stopped, before');
    expect((await runs({ id }))[0]).toEqual(end);
    expect((await pages.press('/sync/stop?run=999999')).status).toBe(404);
  });
});

describe('what a service does by itself', () => {
  interface Scheduled {
    readonly schedule: SyncSchedule;
    readonly lines: readonly string[];
    /** What came of its claims: `users done`. */
    readonly claims: string[];
  }
  const started: SyncSchedule[] = [];
  afterEach(() => Promise.all(started.splice(0).map((schedule) => schedule.stop())));

  /** As a service does at its start. */
  function startSchedule(options: Omit<ScheduleOptions, 'onInstance'>): Scheduled {
    const lines: string[] = [];
    const claims: string[] = [];
    const claim: SyncRuns['claim'] = async (request) => {
      const claimed = await synced.sync.runs.claim(request);
      const what = request.since === undefined ? request.resource : `recent ${request.resource}`;
      claims.push(`${what} ${typeof claimed === 'string' ? claimed : 'claimed'}`);
      return claimed;
    };
    const log = createPostingLogger('info', (line) => lines.push(line));
    const sync = { ...synced.sync, log, runs: { ...synced.sync.runs, claim } };
    const schedule = new SyncSchedule(sync, { ...options, onInstance: () => Promise.resolve() });
    schedule.start();
    started.push(schedule);
    return { schedule, lines, claims };
  }

  test('a reconcile of the schedule that was stopped stays so, also when the service starts anew', async () => {
    holdUsers();
    // It came due while nothing ran: it is made up for at the start.
    const yearly = { reconcileCron: '0 0 1 1 *', backfillOnStart: false };
    const first = startSchedule(yearly);
    await underWay('reconcile');
    expect((await usersRun('reconcile'))?.scheduled_for).not.toBeNull();
    const { id, asked, words } = await stopUsers('reconcile');
    expect(asked).toContain('comes again at its next time');
    expect(words).toContain('Stopped: reconcile of users. The schedule passes over it until its next time.');
    const [stopped] = await runs({ id });
    expect(stopped).toMatchObject({ ...stoppedRun, finished_at: expect.any(Date) });
    expect((await pages.show('/sync')).text).toMatch(
      /reconcile of users mends, of the schedule stopped stopped by an operator/,
    );
    release();
    await until('the others are looked at', async () => (await ended('reconcile')) === resources.length);
    await until('the log says so', () =>
      first.lines.some(
        (line) => line.includes('"reconcile stopped"') && line.includes('stopped by an operator'),
      ),
    );
    expect(first.lines.filter((line) => /taken over|took this run over|put off/.test(line))).toEqual([]);
    const [before] = await runs({ id });
    await first.schedule.stop();
    const { claims } = startSchedule(yearly);
    // The last of what it does at its start.
    await until('it has looked', () => claims.some((claim) => claim.startsWith('recent users')));
    expect(claims).toContain('users done');
    const whole = (await runs({ kind: 'reconcile', resource: 'users' })).filter(
      ({ since }) => since === null,
    );
    expect(whole).toEqual([before]);
  });

  test('the fill at the start that was stopped is not gone on with by this service, another replica or the next one, but by a command', async () => {
    holdUsers();
    const atStart = { reconcileCron: 'off', backfillOnStart: true };
    const both = [startSchedule(atStart), startSchedule(atStart)];
    await underWay('backfill');
    const { id } = await stopUsers();
    release();
    await until('the others are filled', async () => (await ended('backfill')) === resources.length - 1);
    const passesOver = ({ claims }: Scheduled): boolean => claims.includes('users done');
    await until('the one that did not have it passes over it', () => both.some(passesOver));
    await Promise.all(both.map(({ schedule }) => schedule.stop()));
    expect(both.flatMap(({ lines }) => lines).filter((line) => line.includes('taken over'))).toEqual([]);
    const next = startSchedule(atStart);
    await until('the next one passes over it', () => passesOver(next));
    expect(next.claims).toEqual(['users done']);
    expect(await runs({ kind: 'backfill', resource: 'users' })).toMatchObject([
      { id, ...stoppedRun, counts: { rows: 100 } },
    ]);
    expect(unfinishedIn(await synced.fill())).toEqual({});
    expect(await runs({ id })).toMatchObject([{ error: null, finished_at: expect.any(Date) }]);
    expect((await synced.mirror.rows('users')).length).toBe(users());
  });

  test('a stop ends what a page began in good order: it is free at once, and written down as not finished', async () => {
    holdUsers();
    const stopping = createOperatorApp({ ...synced.mirror.app.operatorParts, sync: synced.sync });
    const own = await openPages(stopping.app);
    try {
      const { deed } = await own.press('/sync/backfill?resource=users');
      await underWay('backfill');
      await stopping.stop();
      expect(await usersRun('backfill')).toMatchObject({ claimed_by: null, finished_at: null, error: null });
      expect(await pages.outcome(deed)).toMatch(/failed .*users is not finished: the service stopped/);
    } finally {
      await own.close();
    }
  });
});

describe('what somebody may write into an address, or a table', () => {
  const evil = `<script>alert('x')</script>"&`;

  test('is shown as text, and refused in words', async () => {
    await synced.mirror.database.knex
      .withSchema('clerk')
      .from('sync_runs')
      .insert([
        {
          kind: 'reconcile',
          resource: evil,
          fixes: true,
          instance_id: 'ins_1',
          claimed_by: `${evil}/1/2`,
          counts: { rows: 1, [evil]: 2, left: 1 },
          examples: { missing: [evil], [evil]: [`${evil}: ${evil}`] },
          heartbeat_at: new Date(),
          started_at: new Date(),
          finished_at: new Date(),
        },
        {
          kind: 'backfill',
          resource: evil,
          fixes: true,
          instance_id: 'ins_1',
          claimed_by: evil,
          counts: { rows: 1, total: 2 },
          heartbeat_at: new Date(),
          started_at: new Date(),
          error: evil,
        },
      ]);
    const [open] = await runs({ kind: 'backfill' });
    const id = open?.id ?? '';
    for (const path of ['/sync', `/sync/stop?run=${id}`, '/sync/stop?kind=reconcile']) {
      const { status, html, text } = await pages.show(path);
      expect([path, status]).toEqual([path, 200]);
      expect(html).not.toContain('<script>alert');
      if (path !== '/sync/stop?kind=reconcile') expect(text).toContain(evil);
    }
    expect((await pages.show('/sync')).html).toContain(
      `/subjects/${encodeURIComponent(evil).replaceAll("'", '&#39;')}`,
    );
  });

  const e = encodeURIComponent(evil);
  test.each([
    ['a resource that is none', `/sync/backfill?resource=${e}`, 400, 'There is no resource'],
    ['a resource of 100 KB', `/sync/backfill?resource=${'users'.repeat(2000)}`, 400, 'There is no resource'],
    [
      'a resource that Clerk does not list',
      '/sync/reconcile?resource=sessions',
      400,
      'Clerk does not list sessions',
    ],
    ['a choice that is none', `/sync/reconcile?mend=${e}`, 400, 'cannot be read'],
    ['a choice twice', '/sync/reconcile?mend=yes&mend=no', 400, 'cannot be read'],
    ['no run', '/sync/stop', 400, 'That is no run'],
    ['a run that is none', `/sync/stop?run=${e}`, 400, 'That is no run'],
    ['a run too large for the table', `/sync/stop?run=${'9'.repeat(30)}`, 400, 'That is no run'],
    ['two runs', '/sync/stop?run=1&run=2', 400, 'That is no run'],
    ['a kind that is none', `/sync/stop?kind=${e}`, 400, 'That is no run'],
    ['a run that never was', '/sync/stop?run=123456', 404, 'There is no run 123456'],
    ['a cursor that was changed', `/sync?older=${e}`, 400, 'That is no run'],
    ['a negative cursor', '/sync?older=-1', 400, 'That is no run'],
  ])('%s', async (_name, path, status, words) => {
    const shown = await pages.show(path);
    expect([shown.status, shown.text]).toEqual([status, expect.stringContaining(words)]);
    expect(shown.html).not.toContain('<script>alert');
    expect(shown.html.length).toBeLessThan(20_000);
  });

  test('older runs come part by part, each once', async () => {
    await synced.mirror.database.knex.raw(`insert into clerk.sync_runs
        (kind, resource, fixes, instance_id, heartbeat_at, started_at, finished_at)
      select 'backfill', 'part_' || n, true, 'ins_1', now(), now(), now() from generate_series(1, 120) as n`);
    const seen: string[] = [];
    let path: string | undefined = '/sync';
    for (let parts = 0; path !== undefined && parts < 10; parts++) {
      const { html } = await pages.show(path);
      seen.push(...Array.from(html.matchAll(/backfill of (part_\d+)/g), (found) => found[1] ?? ''));
      path = /href="(\/sync\?older=\d+)"/.exec(html)?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `part_${120 - n}`));
  });
});

test('without a key the page says what to set, and begins nothing', async () => {
  const keyless = await openMirror();
  const own = await openPages(keyless.app.operatorApp);
  try {
    const { status, text, html } = await own.show('/sync');
    expect([status, text]).toEqual([200, expect.stringContaining('CLERK_SECRET_KEY is not set')]);
    expect(html).not.toContain('/sync/backfill');
    for (const path of ['/sync/backfill', '/sync/reconcile']) {
      const refused = await own.press(path);
      expect([refused.status, refused.text]).toEqual([
        501,
        expect.stringContaining('CLERK_SECRET_KEY is not set'),
      ]);
    }
  } finally {
    await own.close();
    await keyless.close();
  }
});
