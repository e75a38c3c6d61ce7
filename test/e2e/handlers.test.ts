// Own handlers in real processes: exactly once what is done through trx, whoever dies; and what the operator sees of them.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { change } from '../support/fixtures.ts';
import { openHandlersTest, sendEvent, sendUser, type HandlersTest } from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { newMessageId } from '../support/mirror.ts';
import { killServices, runProcess, type ServiceProcess } from '../support/service-process.ts';

let own: HandlersTest;

beforeAll(async () => {
  own = await openHandlersTest();
});
beforeEach(() => own.reset());
afterEach(killServices);
afterAll(() => own.close());

const counts = async (): Promise<Record<string, number>> => {
  const found = await own.client.query<{ state: string; runs: number }>(
    'select state, count(*)::int as runs from clerk.handler_runs group by state',
  );
  return Object.fromEntries(found.rows.map(({ state, runs }) => [state, runs]));
};
const sendMany = async (
  service: ServiceProcess,
  count: number,
  data: Record<string, unknown> = {},
): Promise<string[]> => {
  const ids: string[] = [];
  for (let sent = 0; sent < count; sent += 10)
    ids.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(10, count - sent) }, () => sendUser(service, newMessageId(), data)),
      )),
    );
  return ids;
};

/** Does one thing that a rollback undoes and one that nothing undoes, a while apart. */
const careful = `
  export default defineHandlers((on) => {
    on(['user.created', 'user.updated'], 'both', async (event, { trx, messageId }) => {
      note(messageId);
      await effect(trx, 'both', messageId);
      await sleep(5 + Math.random() * 20);
    });
  });`;

describe('when a process dies', () => {
  test('kill -9 in the middle of many runs: another takes them over, through trx exactly once', async () => {
    // One that takes long holds nobody up.
    const long = `on('session.created', 'long', () => sleep(60_000), { timeoutSeconds: 90 });`;
    const slow = careful.replace('5 + Math.random() * 20', '300 + Math.random() * 200');
    const [first, second] = await Promise.all([
      own.start(slow),
      own.start(slow.replace('on([', `${long} on([`), {}, 'second.mjs'),
    ]);
    await sendEvent(second, change('session.created', {}), 'msg_long');
    const sending = sendMany(first, 100);
    const many = ({ done = 0, pending = 0 }: Record<string, number>): boolean => done > 30 && pending > 10;
    await until('some are done, others not', async () => many(await counts()));
    first.child.kill('SIGKILL');
    await sending.catch(() => undefined);
    const { rows } = await own.client.query<{ id: string }>(
      `select id from clerk.inbox_messages where type = 'user.created' order by id`,
    );
    const ids = rows.map(({ id }) => id);
    const left = await counts();
    const interrupted = (): string[] => second.lines.filter((line) => line.includes('its worker is gone'));
    await until('they are taken over', () => interrupted().length > 0, 90_000);
    const allDone = async (): Promise<boolean> =>
      (await own.runs('both')).every(({ state }) => state === 'done');
    await until('all are done', allDone, 90_000);
    expect(left.pending).toBeGreaterThan(1);
    expect(await counts()).toEqual({ done: ids.length, pending: 1 });
    expect(await own.runs('long')).toMatchObject([{ state: 'pending', attempts: 1 }]);
    expect((await own.effects('both')).sort()).toEqual(ids);
    expect([...new Set(own.notes())].sort()).toEqual(ids);
  });

  test('kill -9 between the handler and its mark: nothing that it did through trx is there', async () => {
    await own.client.query(`create function public.wait() returns trigger language plpgsql as
      'begin if new.state = ''done'' then perform pg_sleep(3); end if; return new; end';
      create trigger slow_mark before update on clerk.handler_runs for each row execute function public.wait()`);
    try {
      const service = await own.start(careful);
      await sendUser(service);
      const marking = `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
      await until('it is being marked', async () => (await own.client.query(marking)).rowCount === 1);
      expect(own.notes().length).toBe(1);
      service.child.kill('SIGKILL');
      await until('its transaction is over', async () => (await own.client.query(marking)).rowCount === 0);
    } finally {
      await own.client.query('drop function public.wait() cascade');
    }
    expect(await own.effects('both')).toEqual([]);
    expect(await own.runs()).toMatchObject([{ state: 'pending', attempts: 1 }]);
  });

  test('SIGTERM lets what runs end and gives the rest back', async () => {
    const first = await own.start(
      careful.replace('5 + Math.random() * 20', `event.data.first_name === 'Slow' ? 700 : 1`),
    );
    // Short runs are claimed ahead.
    await sendMany(first, 150);
    await until('they are done', async () => (await counts()).done === 150);
    await sendMany(first, 60, { first_name: 'Slow' });
    await until('some run', () => own.notes().length >= 158);
    const claimed = (await own.runs()).filter(({ claimed_by }) => claimed_by !== null);
    first.child.kill('SIGTERM');
    const { code } = await first.finished;
    expect(code).toBe(0);
    expect(claimed.length).toBeGreaterThan(8);
    const runs = await own.runs();
    expect(runs.filter(({ claimed_by }) => claimed_by !== null)).toEqual([]);
    expect(runs.filter(({ state, attempts }) => state === 'pending' && attempts > 0)).toEqual([]);
    // What was begun has ended well: its notes and its effects are the same.
    expect(own.notes().sort()).toEqual((await own.effects('both')).sort());
    await own.start(careful);
    await until('all are done', async () => (await counts()).pending === undefined);
  });

  test('a run that outlasts the grace is aborted and tried again', async () => {
    const service = await own.start(
      `export default defineHandlers((on) => {
        on('user.created', 'long', async (event, { signal }) => { note('begun'); await sleep(60_000, undefined, { signal }); }, { timeoutSeconds: 100 });
      });`,
      { SHUTDOWN_GRACE_SECONDS: '4' },
    );
    await sendUser(service);
    await until('it runs', () => own.notes().length === 1);
    service.child.kill('SIGTERM');
    expect((await service.finished).code).toBe(0);
    expect(await own.runs()).toMatchObject([
      { state: 'pending', attempts: 1, claimed_by: null, last_error: 'the service stopped while it ran' },
    ]);
  });

  test('a thread that is blocked for ever is cut; another process has its runs before that', async () => {
    const code = `export default defineHandlers((on) => {
      on('user.created', 'blocks', async (event, { attempt, trx, messageId }) => {
        note(process.pid, messageId, attempt);
        while (event.data.id === 'user_ever' && attempt === 1);
        await effect(trx, 'blocks', messageId);
      });
      on('session.created', 'long', () => sleep(23_000), { timeoutSeconds: 60 });
    });`;
    const services = await Promise.all([own.start(code), own.start(code), own.start(code)]);
    await sendUser(services[0], 'ever');
    await until('it blocks', () => own.notes().length > 0);
    const pid = Number(own.notes()[0]?.split(' ')[0]);
    // One that takes longer than a claim lasts is nobody else's meanwhile.
    await sendEvent(services[0], change('session.created', {}), 'msg_long');
    await until('it was taken over', async () => (await own.effects('blocks')).length === 1, 90_000);
    expect(own.notes().map((line) => line.split(' ').slice(1).join(' '))).toEqual(['ever 1', 'ever 2']);
    const blocked = services.find(({ child }) => child.pid === pid)!;
    // Its intake goes on, and after a while its handlers too.
    await sendUser(blocked);
    await until('it is cut', () => blocked.lines.some((line) => line.includes('cutting it')), 90_000);
    expect(await own.runs('long')).toMatchObject([{ state: 'done', attempts: 1 }]);
    for (const other of services) if (other !== blocked) other.child.kill('SIGKILL');
    const id = await sendUser(blocked);
    await until('its handlers run again', async () => (await own.effects('blocks')).includes(id), 90_000);
  });
});

describe('the operator', () => {
  const failing = `export default defineHandlers((on) => {
    on('user.created', 'fails', async (event, { trx, messageId }) => {
      if (process.env.MENDED !== 'yes') throw new TypeError('no');
      await effect(trx, 'fails', messageId);
    }, { attempts: 1 });
    on('user.created', 'works', async (event, { trx, messageId }) => effect(trx, 'works', messageId));
    on('robot.created', 'robots', async (event, { trx, messageId }) => effect(trx, 'robots', messageId));
  });`;
  const cli = async (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    runProcess('cli.ts', args, { DATABASE_URL: own.url, HANDLERS: own.module(failing), LOG_LEVEL: 'error' });

  test('sees dead runs with their errors, and makes them due again', async () => {
    const service = await own.start(failing);
    const id = await sendUser(service);
    await until('both have ended', async () => (await counts()).pending === undefined);
    const status = (await (await fetch(`${service.operator}/api/status`)).json()) as Record<string, unknown>;
    expect(status).toMatchObject({
      handlerRuns: { fails: { pending: 0, done: 0, dead: 1 }, works: { pending: 0, done: 1, dead: 0 } },
      deadRuns: [
        {
          messageId: id,
          handler: 'fails',
          attempts: 1,
          error: expect.stringMatching(/^TypeError at handlers\.mjs:\d+$/),
        },
      ],
    });
    const printed = await cli('status');
    expect(printed.stdout).toMatch(/^handler +fails: 0 pending · 0 done · 1 dead$/m);
    expect(printed.stdout).toMatch(
      new RegExp(`^dead run +${id} fails, attempt 1: TypeError at handlers.mjs:\\d+$`, 'm'),
    );
    const bodiless = await sendUser(service);
    await until(
      'all have ended',
      async () => (await own.runs()).length === 4 && (await counts()).pending === undefined,
    );
    await own.client.query('update clerk.inbox_messages set body = null where id = $1', [bodiless]);
    service.child.kill('SIGTERM');
    await service.finished;

    expect(JSON.parse((await cli('replay', '--dead-runs', '--dry-run', '--json')).stdout)).toEqual({
      runs: [{ handler: 'fails', runs: 1 }],
      bodiless: 1,
    });
    expect(await counts()).toEqual({ dead: 2, done: 2 });
    expect((await cli('replay', '--dead-runs', 'works')).stdout).toMatch(/^0 handler runs due again/m);
    expect((await cli('replay', '--dead-runs')).stdout).toBe(
      "1 handler run due again\n       1  fails\npassed over: 1 without their message's body",
    );
    await own.start(failing, { MENDED: 'yes' });
    await until('it is done', async () => (await counts()).done === 3);
    expect(await counts()).toEqual({ done: 3, dead: 1 });
    expect(await own.effects('fails')).toEqual([id]);
    expect(await own.effects('works')).toEqual([id, bodiless]);
  });

  test('replays messages with handlers only when asked, and only those asked for', async () => {
    const service = await own.start(failing, { MENDED: 'yes' });
    const id = await sendUser(service);
    const robot = await sendEvent(
      service,
      { object: 'event', type: 'robot.created', timestamp: Date.now(), data: { id: 'robot_1' } },
      newMessageId(),
    );
    await until('all are done', async () => (await counts()).done === 3);
    await cli('replay', '--all');
    expect(await counts()).toEqual({ done: 3 });
    const dry = JSON.parse(
      (await cli('replay', '--all', '--with-handlers', '--dry-run', '--json')).stdout,
    ) as Record<string, unknown>;
    expect(dry.runs).toEqual([
      { handler: 'fails', runs: 1 },
      { handler: 'works', runs: 1 },
      { handler: 'robots', runs: 1 },
    ]);
    expect(await counts()).toEqual({ done: 3 });
    expect(
      JSON.parse((await cli('replay', '--id', id, '--with-handlers', 'works', '--json')).stdout),
    ).toMatchObject({ applied: 1, runs: 1 });
    await until('it ran again', async () => (await own.effects('works')).length === 2);
    expect(JSON.parse((await cli('replay', '--all', '--with-handlers', '--json')).stdout)).toMatchObject({
      applied: 1,
      unhandled: 1,
      runs: 3,
    });
    await until('all ran again', async () => (await counts()).done === 3);
    expect(await own.effects('works')).toEqual([id, id, id]);
    expect(await own.effects('fails')).toEqual([id, id]);
    expect(await own.effects('robots')).toEqual([robot, robot]);

    const wrong = await cli('replay', '--all', '--with-handlers', 'work');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean works') });
    expect(await cli('replay', '--dead-runs', '--all')).toMatchObject({ code: 2 });
    const unset = await runProcess('cli.ts', ['replay', '--all', '--with-handlers'], {
      DATABASE_URL: own.url,
    });
    expect(unset).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('HANDLERS is not set'),
    });
  });
});

test('a handler is given the event in today’s shape beside the one that came, without what is never stored', async () => {
  const service = await own.start(
    `export default defineHandlers((on) => {
      on(['user.created', 'email.created'], 'looks', async (event, context) => {
        note(JSON.stringify({ event, messageId: context.messageId, attempt: context.attempt, rows: await context.trx('clerk.users').pluck('id') }));
      });
    });`,
    { MIRROR_PRIVATE_METADATA: 'false' },
  );
  const google = { object: 'google_account', id: 'idn_1', google_id: '7', given_name: 'Ada', picture: 'p' };
  const data = {
    object: 'user',
    id: 'user_old',
    created_at: 1_600_000_000,
    external_accounts: [google],
    private_metadata: { hidden: 'yes' },
  };
  await sendEvent(service, { object: 'event', type: 'user.created', data }, 'msg_old');
  await until('it ran', () => own.notes().length === 1);
  const { event, ...context } = JSON.parse(own.notes()[0]!) as { event: Record<string, unknown> };
  expect(context).toEqual({ messageId: 'msg_old', attempt: 1, rows: ['user_old'] });
  expect(event).toMatchObject({
    type: 'user.created',
    data: {
      created_at: 1_600_000_000_000,
      private_metadata: null,
      external_accounts: [
        {
          object: 'external_account',
          identification_id: 'idn_1',
          provider: 'oauth_google',
          provider_user_id: '7',
          first_name: 'Ada',
          image_url: 'p',
        },
      ],
    },
  });
  // Clerk gave it no time: it has its delivery's.
  expect(Math.abs(Number(event.timestamp) - Date.now())).toBeLessThan(60_000);
  expect(event.raw).toEqual({
    object: 'event',
    type: 'user.created',
    data: { ...data, private_metadata: null },
  });

  await sendEvent(service, change('email.created', { body: 'the code is 424242' }), 'msg_mail');
  await until('the other ran', () => own.notes().length === 2);
  expect(own.notes()[1]).not.toContain('424242');
});

test('nothing personal is in handler_runs or in the log, though errors say it', async () => {
  const service = await own.start(
    `const secret = (event) => event.data.email_addresses[0].email_address;
    export default defineHandlers((on) => {
      on('user.created', 'error', async (event) => { throw new Error('no mail to ' + secret(event)); });
      on('user.created', 'string', async (event) => { throw secret(event); });
      on('user.created', 'name', async (event) => { const error = new Error('x'); error.name = secret(event); error.code = secret(event); throw error; });
      on('user.created', 'stack', async (event) => { const error = new Error(secret(event)); error.stack = 'Error\\n    at /' + secret(event) + ':1:1'; throw error; });
      on('user.created', 'lines', async (event) => { throw new Error('\\n    at ' + import.meta.dirname + '/' + secret(event) + '.mjs:1:1'); });
      on('user.created', 'sql', async (event, { trx }) => { await trx.raw('insert into public.effects (at) values (?)', [secret(event)]); });
      on('user.created', 'astray', async (event) => { setTimeout(() => { throw new Error(secret(event)); }, 10); await sleep(50); });
      on('user.created', 'log', async (event, { log }) => { log.error({ err: new Error(secret(event)) }, 'mine'); throw new AggregateError([new Error(secret(event))], secret(event)); });
    });`,
    { LOG_LEVEL: 'trace' },
  );
  const address = 'marked.person@private.example';
  const user = change('user.created', {});
  await sendEvent(service, {
    ...user,
    data: {
      ...user.data,
      email_addresses: [{ id: 'idn_1', object: 'email_address', email_address: address }],
    },
  });
  await until(
    'all were tried',
    async () =>
      (await own.runs()).every(({ last_error }) => last_error !== null) && (await own.runs()).length === 8,
  );
  service.child.kill('SIGTERM');
  const { stdout, stderr } = await service.finished;
  const stored = JSON.stringify((await own.client.query('select * from clerk.handler_runs')).rows);
  for (const text of [stdout, stderr, stored]) {
    expect(text).not.toContain('private.example');
    expect(text).not.toContain('marked');
  }
  expect(stdout).toContain('"mine"');
  const errors = Object.fromEntries(
    (await own.runs()).map(({ handler, last_error }) => [handler, last_error]),
  );
  expect(errors).toMatchObject({
    string: 'threw a string, not an Error',
    sql: expect.stringMatching(/^postgres 22007/),
  });
});

test('a module that cannot be used stops the start, before anything listens', async () => {
  const settings = { DATABASE_URL: own.url, HANDLERS: own.module('export const a = 1;', 'bad.mjs') };
  expect(await runProcess('main.ts', [], settings, 60_000)).toMatchObject({
    code: 2,
    stdout: expect.not.stringContaining('"ready"'),
    stderr: expect.stringContaining('bad.mjs has no default export'),
  });
});
