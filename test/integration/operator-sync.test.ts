// /sync of the operator page: a backfill and a reconcile from their begin to their end, drift shown, and runs stopped wherever they are at work.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { resources } from '../../src/sync/resources.ts';
import { openMirror } from '../support/mirror.ts';
import { openPages, type OperatorPages } from '../support/operator-pages.ts';
import { freePort, killServices, runProcess, startService } from '../support/service-process.ts';
import { openSynced, type Synced } from '../support/synced.ts';
import { until } from '../support/until.ts';

let synced: Synced;
let pages: OperatorPages;
beforeAll(async () => {
  synced = await openSynced({ seed: 'operator', steps: 60 });
  synced.tenant.addEarlierUsers(2600);
  pages = await openPages(synced.mirror.app.operatorApp);
});
beforeEach(() => synced.mirror.empty());
afterEach(async () => {
  await killServices();
  quick();
});
afterAll(async () => {
  await pages.close();
  await synced.close();
});

/** Each answer of Clerk takes so long. */
const slow = (slowMs: number): unknown => Object.assign(synced.clerk.quirks, { slow: 1, slowMs });
const quick = (): unknown => Object.assign(synced.clerk.quirks, { slow: 0 });
const settings = (more: Record<string, string> = {}): Record<string, string> => ({
  DATABASE_URL: synced.mirror.url,
  CLERK_SECRET_KEY: synced.clerk.key,
  CLERK_API_URL: synced.clerk.url,
  RECONCILE_CRON: 'off',
  BACKFILL_ON_START: 'false',
  ...more,
});

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
const underWay = (kind: string): Promise<void> =>
  until(`the ${kind} is in the middle of users`, async () => {
    const { rows = 0, total = 0 } = (await usersRun(kind))?.counts ?? {};
    return rows > 0 && rows < total;
  });
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
const nap = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

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
    expect((await synced.mirror.row('users', 'user_nobody'))?.deleted_at).not.toBeNull();
    const well = await pages.show('/sync');
    expect(well.text).toMatch(/users 0 1 1 1 /);
    expect(well.text).not.toContain('never yet');
  }, 60_000);

  test('while it is at work its progress is shown, and another of the same is refused', async () => {
    slow(300);
    const { deed, text } = await pages.press('/sync/backfill?resource=users');
    expect(text).toMatch(/running backfill users/);
    await underWay('backfill');
    const { rows = 0 } = (await usersRun('backfill'))?.counts ?? {};
    const shown = await pages.show(`/sync?deed=${deed ?? ''}`);
    expect(shown.text).toMatch(/backfill of users running [\d,]+ of [\d,]+ rows/);
    const progress = /<progress max="(\d+)" value="(\d+)"/.exec(shown.html);
    expect([Number(progress?.[1]), Number(progress?.[2]) >= rows]).toEqual([users(), true]);
    expect(shown.text).toMatch(/running backfill users · [\d,]+ of [\d,]+ rows, at users/);
    expect((await pages.show('/sync/backfill')).text).toContain('The backfill of users is at work already');
    const again = await pages.press('/sync/backfill?resource=users&resource=organizations');
    expect([again.status, again.deed]).toEqual([409, undefined]);
    expect(await runs({ resource: 'organizations' })).toEqual([]);
    quick();
    expect(await pages.outcome(deed)).toMatch(/done .* rows from Clerk/);
  }, 60_000);

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
    // Not begun: Clerk is asked again for half a minute.
    const away = { CLERK_SECRET_KEY: 'sk_live_x', CLERK_API_URL: `http://127.0.0.1:${await freePort()}` };
    await askedAndBegun(away, /Clerk (cannot be asked now|did not say in time)/);
  }, 60_000);

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

describe('stop', () => {
  test('of a long backfill while it is at work here: it stands within seconds, and a command goes on with it', async () => {
    slow(300);
    const { deed } = await pages.press('/sync/backfill?resource=users');
    await underWay('backfill');
    const { id = '' } = (await usersRun('backfill')) ?? {};
    const stopped = await pages.press(`/sync/stop?run=${id}`);
    expect(stopped.asked.text).toContain('backfill of users: running');
    expect(await pages.outcome(stopped.deed)).toMatch(
      /stop backfill users done Stopped: backfill of users\. Begun again it goes on\./,
    );
    const words = await pages.outcome(deed);
    expect(words).toMatch(/backfill users done .*users is not finished \(stopped by an operator\)/);
    expect(words).not.toContain('taken over');
    const [run] = await runs({ id });
    expect(run).toMatchObject({ claimed_by: null, finished_at: null, error: 'stopped by an operator' });
    const { rows = 0 } = run?.counts ?? {};
    expect(rows).toBeLessThan(users());
    const shown = await pages.show('/sync');
    expect(shown.text).toMatch(/backfill of users stopped stopped by an operator/);
    expect(shown.html).not.toContain(`href="/sync/stop?run=${id}"`);

    quick();
    const asked = usersAsked();
    const command = await runProcess('cli.ts', ['backfill', 'users'], settings(), 30_000);
    expect([command.code, command.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    expect(usersAsked() - asked).toBe(Math.floor((users() - rows) / 500) + 1);
    expect((await synced.mirror.rows('users')).length).toBe(users());
    expect(await runs({ id })).toMatchObject([{ error: null, finished_at: expect.any(Date) }]);
  }, 60_000);

  test('of a command in another process: it ends, says who stopped it, and nothing of its page is half written', async () => {
    slow(300);
    const command = runProcess('cli.ts', ['backfill', 'users'], settings(), 40_000);
    await underWay('backfill');
    const { id = '' } = (await usersRun('backfill')) ?? {};
    await pages.outcome((await pages.press(`/sync/stop?run=${id}`)).deed);
    const { code, stdout, stderr } = await command;
    expect(code).toBe(1);
    expect(stdout).toContain('users is not finished: stopped by an operator');
    expect(stderr).toContain('Run it again: it goes on where it stopped.');
    expect(stdout + stderr).not.toContain('taken over');
    const [run] = await runs({ id });
    expect((await synced.mirror.rows('users')).length).toBe(run?.counts.rows);
  }, 60_000);

  test('of every backfill at once', async () => {
    slow(300);
    const { deed } = await pages.press('/sync/backfill');
    await underWay('backfill');
    const open = (await runs({ kind: 'backfill', finished_at: null })).length;
    expect(open).toBeGreaterThan(1);
    expect((await pages.show('/sync')).html).toContain('href="/sync/stop?kind=backfill"');
    const stopped = await pages.press('/sync/stop?kind=backfill');
    expect(await pages.outcome(stopped.deed)).toContain('stop every backfill done');
    expect(await pages.outcome(deed)).toMatch(/users is not finished \(stopped by an operator\)/);
    expect((await runs({ kind: 'backfill', claimed_by: null, finished_at: null })).length).toBeGreaterThan(0);
    const asked = usersAsked();
    await nap(1500);
    expect(usersAsked()).toBe(asked);
  }, 60_000);

  test('twice, or of what has ended, or of what never was: nothing more is done', async () => {
    slow(300);
    const { deed } = await pages.press('/sync/backfill?resource=users');
    await underWay('backfill');
    const { id = '' } = (await usersRun('backfill')) ?? {};
    const both = await Promise.all([
      pages.press(`/sync/stop?run=${id}`),
      pages.press(`/sync/stop?run=${id}`),
    ]);
    const outcomes = await Promise.all(both.map((each) => pages.outcome(each.deed)));
    expect(outcomes.filter((words) => words.includes('Stopped: backfill of users'))).toHaveLength(1);
    expect(outcomes.filter((words) => words.includes('it had ended, or been stopped, before'))).toHaveLength(
      1,
    );
    await pages.outcome(deed);
    expect((await pages.show(`/sync/stop?run=${id}`)).text).toContain('nothing to stop any more');

    // Begun again it is at work as any other, and can be stopped as any other.
    const { deed: second } = await pages.press('/sync/backfill?resource=users');
    await until('it goes on', async () => (await runs({ id }))[0]?.claimed_by !== null);
    expect((await runs({ id }))[0]?.error).toBeNull();
    expect((await pages.show('/sync')).text).toMatch(/backfill of users running/);
    const more = await pages.press(`/sync/stop?run=${id}`);
    expect(await pages.outcome(more.deed)).toContain('Stopped: backfill of users');
    expect(await pages.outcome(second)).toContain('stopped by an operator');

    quick();
    await pages.outcome((await pages.press('/sync/backfill?resource=users')).deed);
    const [ended] = await runs({ id });
    expect(ended).toMatchObject({ error: null, finished_at: expect.any(Date) });
    const late = await pages.press(`/sync/stop?run=${id}`);
    expect(late.asked.text).toContain('backfill of users: finished');
    expect(await pages.outcome(late.deed)).toContain('it had ended, or been stopped, before');
    expect((await runs({ id }))[0]).toEqual(ended);
    expect((await pages.press('/sync/stop?run=999999')).status).toBe(404);
  }, 60_000);
});

describe('what a service does by itself', () => {
  test('a reconcile of the schedule that was stopped stays so, also when the service starts anew', async () => {
    slow(300);
    // It came due while nothing ran: it is made up for at the start.
    const schedule = settings({ RECONCILE_CRON: '0 0 1 1 *' });
    const service = await startService(schedule);
    const own = await openPages(service.operator);
    await underWay('reconcile');
    const { id = '', scheduled_for } = (await usersRun('reconcile')) ?? {};
    expect(scheduled_for).not.toBeNull();
    const { deed, asked } = await own.press(`/sync/stop?run=${id}`);
    expect(asked.text).toContain('comes again at its next time');
    expect(await own.outcome(deed)).toContain(
      'Stopped: reconcile of users. The schedule passes over it until its next time.',
    );
    const [stopped] = await runs({ id });
    expect(stopped).toMatchObject({
      claimed_by: null,
      error: 'stopped by an operator',
      finished_at: expect.any(Date),
    });
    expect((await own.show('/sync')).text).toMatch(
      /reconcile of users mends, of the schedule stopped stopped by an operator/,
    );
    quick();
    await until('the others are looked at', async () => {
      const whole = (await runs({ kind: 'reconcile' })).filter(({ since }) => since === null);
      return whole.filter(({ finished_at }) => finished_at !== null).length === resources.length;
    });
    await until('the log says so', () =>
      service.lines.some(
        (line) => line.includes('"reconcile stopped"') && line.includes('stopped by an operator'),
      ),
    );
    expect(service.lines.filter((line) => /taken over|took this run over|put off/.test(line))).toEqual([]);
    const [before] = await runs({ id });
    await nap(3000);
    service.child.kill('SIGTERM');
    await service.finished;
    await startService(schedule);
    await nap(4000);
    expect(
      (await runs({ kind: 'reconcile', resource: 'users' })).filter(({ since }) => since === null),
    ).toEqual([before]);
  }, 90_000);

  test('the fill at the start that was stopped is not gone on with by this service, another replica or the next one, but by a command', async () => {
    slow(300);
    const filling = settings({ BACKFILL_ON_START: 'true' });
    const [service, replica] = await Promise.all([startService(filling), startService(filling)]);
    const own = await openPages(service.operator);
    await underWay('backfill');
    const { id = '', counts } = (await usersRun('backfill')) ?? {};
    await own.outcome((await own.press(`/sync/stop?run=${id}`)).deed);
    const finished = async (): Promise<number> => {
      const all = (await runs({ kind: 'backfill' })).filter(({ finished_at }) => finished_at !== null);
      return new Set(all.map(({ resource }) => resource)).size;
    };
    quick();
    await until('the others are filled', async () => (await finished()) === resources.length - 1);
    await nap(3000);
    for (const { child } of [service, replica]) child.kill('SIGTERM');
    await Promise.all([service.finished, replica.finished]);
    expect([...service.lines, ...replica.lines].filter((line) => line.includes('taken over'))).toEqual([]);
    const next = await startService(filling);
    await nap(3000);
    expect(next.lines.filter((line) => line.includes('waiting up to'))).toEqual([]);
    const [stopped] = await runs({ id });
    expect(stopped).toMatchObject({ claimed_by: null, finished_at: null, error: 'stopped by an operator' });
    expect(stopped?.counts.rows).toBeLessThan((counts?.rows ?? 0) + 1000);
    expect(await runs({ kind: 'backfill', resource: 'users' })).toHaveLength(1);
    await killServices();
    const { code } = await runProcess('cli.ts', ['backfill'], settings(), 30_000);
    expect(code).toBe(0);
    expect(await runs({ id })).toMatchObject([{ error: null, finished_at: expect.any(Date) }]);
    expect((await synced.mirror.rows('users')).length).toBe(users());
  }, 120_000);

  test('SIGTERM ends what a page began in good order: it is free at once, and written down as not finished', async () => {
    slow(300);
    const service = await startService(settings());
    const own = await openPages(service.operator);
    const { deed } = await own.press('/sync/backfill?resource=users');
    await underWay('backfill');
    const since = performance.now();
    service.child.kill('SIGTERM');
    expect((await service.finished).code).toBe(0);
    expect(performance.now() - since).toBeLessThan(5000);
    expect(await usersRun('backfill')).toMatchObject({ claimed_by: null, finished_at: null, error: null });
    expect(await pages.outcome(deed)).toMatch(/failed .*users is not finished: the service stopped/);
  }, 60_000);
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
