// Own handlers that misbehave: each is recorded and tried again, harms no other, and the intake does not notice.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { change } from '../support/fixtures.ts';
import {
  openHandlersTest,
  sendEvent,
  sendUser,
  stopServed,
  type HandlersTest,
  type StoredRun,
} from '../support/handlers-service.ts';
import { until } from '../support/until.ts';

let own: HandlersTest;

beforeAll(async () => {
  own = await openHandlersTest();
});
beforeEach(() => own.reset());
afterEach(stopServed);
afterAll(() => own.close());

const idle = async (): Promise<boolean> =>
  (await own.runs()).every(
    ({ state, attempts, claimed_by }) => claimed_by === null && (attempts > 0 || state !== 'pending'),
  );

async function errorsOf(code: string): Promise<Record<string, unknown>> {
  const service = await own.serve(code);
  await sendUser(service);
  await until('each was tried', async () => (await own.runs()).length > 0 && (await idle()));
  const runs = await own.runs();
  return Object.fromEntries(runs.map((run) => [run.handler, [run.state, run.last_error]]));
}

test('what is thrown is recorded by kind and place, whatever it is, and nothing of the transaction stays', async () => {
  const errors = await errorsOf(`
    class NoCredit extends Error { name = 'NoCredit'; code = 'E_CREDIT'; }
    const fail = (name, thrown) => [name, async (event, { trx, messageId }) => {
      await effect(trx, name, messageId);
      throw thrown();
    }];
    export default defineHandlers((on) => {
      for (const [name, handler] of [
        fail('a-string', () => 'Ada of Lovelace Road'), fail('an-object', () => ({ ada: 1 })), fail('nothing', () => undefined),
        fail('own-class', () => new NoCredit('Ada')), fail('odd-code', () => Object.assign(new RangeError('x'), { code: 'Ada Lovelace!' })),
        fail('odd-name', () => Object.assign(new Error('x'), { name: 'Ada Lovelace' })),
      ]) on('user.created', name, handler);
      on('user.created', 'sql', async (event, { trx }) => { await trx.raw('select 1 / 0'); });
      on('user.created', 'sync', (event) => { null.x; });
    });`);
  expect(errors).toEqual({
    'a-string': ['pending', 'threw a string, not an Error'],
    'an-object': ['pending', 'threw an object, not an Error'],
    nothing: ['pending', 'threw undefined'],
    'own-class': ['pending', expect.stringMatching(/^NoCredit E_CREDIT at handlers\.mjs:\d+$/)],
    'odd-code': ['pending', expect.stringMatching(/^RangeError at handlers\.mjs:\d+$/)],
    'odd-name': ['pending', expect.stringMatching(/^Error at handlers\.mjs:\d+$/)],
    sql: ['pending', expect.stringMatching(/^postgres 22012 \(int4div\)(?: at handlers\.mjs:\d+)?$/)],
    sync: ['pending', expect.stringMatching(/^TypeError at handlers\.mjs:\d+$/)],
  });
  expect((await own.client.query('select * from public.effects')).rows).toEqual([]);
});

test('a handler that ends or breaks its transaction is found out', async () => {
  const errors = await errorsOf(`
    const handler = (name, misdeed) => [name, async (event, { trx, messageId }) => {
      await effect(trx, name, messageId);
      await misdeed(trx);
    }];
    export default defineHandlers((on) => {
      for (const [name, run] of [
        handler('commit', (trx) => trx.commit()), handler('rollback', (trx) => trx.rollback()),
        handler('sql-commit', (trx) => trx.raw('commit')), handler('sql-rollback', (trx) => trx.raw('rollback')),
        handler('another', (trx) => trx.raw('commit; begin; select pg_current_xact_id()')),
        handler('broken', (trx) => trx.raw('select 1 / 0').catch(() => undefined)),
        handler('savepoint', (trx) => trx.transaction((inner) => inner.raw('select 1 / 0')).catch(() => undefined)),
        handler('deferred', (trx) => trx.raw('create temp table t (a int unique deferrable initially deferred) on commit drop; insert into t values (1), (1)')),
      ]) on('user.created', name, run);
    });`);
  const ended = 'the handler ended its transaction by a statement: its effects may be there, unmarked';
  const refused = 'the handler tried to end its transaction: it is committed when the handler returns';
  expect(errors).toEqual({
    commit: ['pending', refused],
    rollback: ['pending', refused],
    'sql-commit': ['pending', ended],
    'sql-rollback': ['pending', ended],
    another: ['pending', ended],
    broken: ['pending', 'a statement of the handler failed and it went on: nothing of it can be committed'],
    savepoint: ['done', null],
    deferred: ['pending', 'postgres 23505 (t_a_key)'],
  });
  // What the handler itself committed is there: nobody can take that back.
  for (const [handler, effects] of [
    ['commit', 0],
    ['rollback', 0],
    ['sql-rollback', 0],
    ['sql-commit', 1],
    ['another', 1],
    ['broken', 0],
    ['savepoint', 1],
    ['deferred', 0],
  ] as const)
    expect({ handler, effects: (await own.effects(handler)).length }).toEqual({ handler, effects });
});

test('a handler that hangs is aborted in time, and its connection is not lost with it', async () => {
  const service = await own.serve(
    `
    const soon = { timeoutSeconds: 0.3 };
    export default defineHandlers((on) => {
      on('user.created', 'waits', async (event, { signal, trx, messageId }) => {
        await effect(trx, 'waits', messageId);
        signal.addEventListener('abort', () => note('aborted', signal.reason.message));
        await new Promise(() => undefined);
      }, soon);
      on('user.created', 'queries', async (event, { trx }) => { await trx.raw('select pg_sleep(60)'); }, soon);
      on('user.created', 'nested', (event, { trx }) => trx.transaction(() => new Promise(() => undefined)), soon);
      on('user.created', 'later', async (event, { trx, signal }) => {
        signal.addEventListener('abort', () => setTimeout(() => effect(trx, 'later', 'x').catch((error) => note('refused')), 100));
        await new Promise(() => undefined);
      }, soon);
      // Not even its rollback is answered in time.
      on('user.created', 'stuck', async (event, { trx }) => { await trx.raw('set local statement_timeout = 0; select pg_sleep(8)'); }, soon);
      on('session.created', 'other', async (event, { trx, messageId }) => effect(trx, 'other', messageId));
    });`,
    { DATABASE_POOL_MAX: '4' },
  );
  // More runs than places, and than connections.
  for (let count = 0; count < 2; count++) await sendUser(service);
  await until('each was tried', async () => (await own.runs()).length === 10 && (await idle()));
  const runs = await own.runs();
  for (const run of runs)
    expect(run).toMatchObject({
      state: 'pending',
      last_error: expect.stringMatching(/^timed out after 0\.3 s$|^postgres 57014/),
    });
  const noted = (what: string): number => own.notes().filter((line) => line === what).length;
  await until('what comes too late is refused', async () => {
    // One that was not begun in its time says nothing.
    await own.makeDue();
    return noted('aborted timed out after 0.3 s') > 0 && noted('refused') > 0;
  });
  const asleep = `select from pg_stat_activity where datname = current_database() and state = 'active' and query like '%sleep(60)' and pid <> pg_backend_pid()`;
  await until('Postgres gave up too', async () => (await own.client.query(asleep)).rowCount === 0);
  expect((await own.client.query('select * from public.effects')).rows).toEqual([]);
  // Places and connections are left for the others.
  await sendEvent(service, change('session.created', {}), 'msg_other');
  await until('another one ran', async () => (await own.effects('other')).length === 1);
});

test('a run that another worker has by now commits nothing', async () => {
  const service = await own.serve(`
    export default defineHandlers((on) => {
      on('user.created', 'slow', async (event, { trx, messageId }) => {
        await effect(trx, 'slow', messageId);
        note('begun');
        await gate('taken');
      });
    });`);
  await sendUser(service);
  await until('it runs', () => own.notes().length === 1);
  await own.client.query(`update clerk.handler_runs set claimed_by = 'another', attempts = 2`);
  own.openGate('taken');
  await until('it is told', () => service.lines.some((line) => line.includes('another worker has it')));
  expect(await own.effects('slow')).toEqual([]);
  expect(await own.runs()).toMatchObject([
    { state: 'pending', attempts: 2, claimed_by: 'another', last_error: null },
  ]);
});

describe('the intake does not notice', () => {
  test('a handler that blocks the event loop', async () => {
    const service = await own.serve(`
      export default defineHandlers((on) => {
        on('user.created', 'blocks', async (event, { trx, messageId }) => {
          if (event.data.id !== 'user_block') return;
          note('blocks');
          // Told from a second on.
          for (const start = Date.now(); !isOpen('answered') || Date.now() < start + 1300;);
          await effect(trx, 'blocks', messageId);
        });
      });`);
    await sendUser(service, 'block');
    await until('it blocks', () => own.notes().includes('blocks'));
    for (let count = 0; count < 20; count++) await sendUser(service);
    expect(await own.effects('blocks')).toEqual([]);
    own.openGate('answered');
    await until('it is told', () => service.lines.some((line) => line.includes('blocked the thread')));
    const told = service.lines.find((line) => line.includes('blocked the thread'))!;
    expect(JSON.parse(told)).toMatchObject({
      level: 'warn',
      open: [{ message_id: 'block', handler: 'blocks' }],
    });
    await until('all are done', async () => (await own.runs()).every(({ state }) => state === 'done'));
    expect(await own.effects('blocks')).toEqual(['block']);
  });

  test('a handler that ends its process, or throws where nobody catches', async () => {
    const service = await own.serve(`
      export default defineHandlers((on) => {
        on('user.created', 'exits', async (event) => {
          if (event.data.id !== 'user_exit') return;
          note('exits');
          await gate('exit');
          process.exit(7);
        });
        on('user.created', 'astray', async (event, { attempt }) => {
          if (event.data.id !== 'user_exit' || attempt > 1) return;
          setTimeout(() => { throw new RangeError('astray'); }, 10);
          await new Promise(() => undefined);
        });
        on('user.created', 'floating', async (event, { attempt }) => {
          if (event.data.id === 'user_exit' && attempt === 1) void Promise.reject(new Error('floating'));
        });
        on('user.created', 'bystander', async (event, { trx, messageId, attempt }) => {
          if (event.data.id === 'user_exit' && attempt === 1) await new Promise(() => undefined);
          await effect(trx, 'bystander', messageId);
        }, { attempts: 2 });
      });`);
    const ended = (): unknown[] =>
      service.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => msg === 'the thread of own handlers ended; starting another');
    await sendUser(service, 'exit');
    await until('two have failed', async () =>
      (await own.runs()).some(({ handler, last_error }) => handler === 'astray' && last_error !== null),
    );
    await until('it is about to exit', () => own.notes().includes('exits'));
    const [{ claimed_by: worker }] = (await own.runs('exits')) as [StoredRun];
    own.openGate('exit');
    while (ended().length === 0) await sendUser(service);
    expect(ended()).toMatchObject([{ level: 'error', code: 7 }]);
    await until('all but one is done', async () => {
      await own.makeDue(worker);
      const runs = await own.runs();
      return runs.every(
        (run) => run.state === 'done' || (run.handler === 'exits' && run.message_id === 'exit'),
      );
    });
    const effects = await own.effects('bystander');
    expect(new Set(effects).size).toBe(effects.length);
    expect(effects.length).toBe((await own.runs('bystander')).length);
    const attemptsOf = async (handler: string): Promise<number | undefined> =>
      (await own.runs(handler)).find(({ message_id }) => message_id === 'exit')?.attempts;
    expect([await attemptsOf('astray'), await attemptsOf('floating')]).toEqual([2, 2]);
    // Run alone then, it took no other run along a second time.
    expect(await attemptsOf('bystander')).toBe(2);
    const exits = (await own.runs('exits')).filter(({ state }) => state !== 'done');
    expect(exits).toMatchObject([
      { message_id: 'exit', last_error: expect.stringMatching(/^its worker ended, or lost the database/) },
    ]);
  });
});
