// How long a message's body is kept for an own handler's run: until the run has ended, and no longer.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createEnqueueRuns } from '../../src/handlers/enqueue-runs.ts';
import { createOldMessages } from '../../src/retention/old-messages.ts';
import { prune } from '../../src/retention/prune.ts';
import type { Connection } from '../../src/database/statement.ts';
import { change } from '../support/fixtures.ts';
import {
  openHandlersTest,
  sendEvent,
  sendUser,
  stopServed,
  type HandlersTest,
} from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';

let own: HandlersTest;
let mirror: TestMirror;

beforeAll(async () => {
  own = await openHandlersTest();
  mirror = await openMirror({ INBOX_BODY_DAYS: '0', INBOX_ID_DAYS: '0', ERASE_DELETED_AFTER_DAYS: '0' }, own);
});
beforeEach(() => own.reset());
afterEach(stopServed);
afterAll(async () => {
  await mirror.close();
  await own.close();
});

const bodies = async (): Promise<Record<string, boolean>> => {
  const found = await own.client.query<{ id: string; kept: boolean }>(
    'select id, body is not null as kept from clerk.inbox_messages',
  );
  return Object.fromEntries(found.rows.map(({ id, kept }) => [id, kept]));
};
const makeRun = (messageId: string, handler: string, state: string): Promise<unknown> =>
  own.client.query(
    `insert into clerk.handler_runs (message_id, handler, state, attempts, next_attempt_at, occurred_at, ordered)
    values ($1, $2, $3, 0, now() + interval '1 day', now(), false)`,
    [messageId, handler, state],
  );
const end = (handler: string, state: string): Promise<unknown> =>
  own.client.query('update clerk.handler_runs set state = $2 where handler = $1', [handler, state]);

describe('age', () => {
  test('takes neither body nor message of an open run, and both with the runs when all have ended', async () => {
    for (const id of ['msg_open', 'msg_done', 'msg_dead', 'msg_none'])
      await mirror.send(change('user.created', { id: `user_${id}` }), id);
    for (const state of ['pending', 'done', 'dead'])
      await makeRun(`msg_${state === 'pending' ? 'open' : state}`, 'one', state);
    expect(await prune(mirror.app.pruneParts)).toMatchObject({ bodies: 3, messages: 3, stoppedBy: null });
    expect(await bodies()).toEqual({ msg_open: true });
    await end('one', 'done');
    expect(await prune(mirror.app.pruneParts)).toMatchObject({ bodies: 1, messages: 1, stoppedBy: null });
    expect(await bodies()).toEqual({});
    expect(await own.runs()).toEqual([]);
  });
});

const keeping = { INBOX_BODY_DAYS: '30', INBOX_ID_DAYS: '90' };

describe('erasure', () => {
  const deleted = (id: string): object => ({
    type: 'user.deleted',
    object: 'event',
    timestamp: Date.now(),
    data: { id, object: 'user', deleted: true },
  });

  const isErased = async (): Promise<boolean> => (await mirror.row('users', 'user_gone'))?.erased_at != null;
  const both = `['user.created', 'user.deleted']`;
  const erasing = { ...keeping, ERASE_DELETED_AFTER_DAYS: '0' };

  test('waits for the last of several runs, then the body goes with it', async () => {
    const service = await own.serve(
      `const wait = (name) => async (event, { messageId }) => {
        if (event.type === 'user.deleted') return;
        await gate(name);
        note(messageId, event.data.id);
        if (name === 'dies') throw new Error('dead');
      };
      export default defineHandlers((on) => {
        on(${both}, 'short', wait('short'));
        on(${both}, 'long', wait('long'));
        on(${both}, 'dies', wait('dies'), { attempts: 1 });
      });`,
      erasing,
    );
    await sendUser(service, 'gone');
    await sendEvent(service, deleted('user_gone'), 'msg_deletion');
    await until('the row is erased', isErased);
    expect(await bodies()).toMatchObject({ gone: true });
    const hasEnded = (name: string): Promise<void> => {
      own.openGate(name);
      return until(`${name} has ended`, async () =>
        (await own.runs(name)).every(({ state }) => state !== 'pending'),
      );
    };
    for (const name of ['short', 'long']) await hasEnded(name);
    expect(await bodies()).toMatchObject({ gone: true });
    await hasEnded('dies');
    expect(await own.runs('dies')).toMatchObject([{ message_id: 'gone', state: 'dead' }, { state: 'done' }]);
    expect(await bodies()).toEqual({ gone: false, msg_deletion: false });
    expect(own.notes()).toEqual(['gone user_gone', 'gone user_gone', 'gone user_gone']);
  });

  test('two runs that end at the same moment leave no body either', async () => {
    const service = await own.serve(
      `const run = async (event) => { if (event.type === 'user.created') await gate('erased'); };
      export default defineHandlers((on) => { for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) on(${both}, name, run); });`,
      erasing,
    );
    await sendUser(service, 'gone');
    await sendEvent(service, deleted('user_gone'), 'msg_deletion');
    await until('the row is erased', isErased);
    own.openGate('erased');
    await until('all are done', async () => (await own.runs()).every(({ state }) => state === 'done'));
    expect(await bodies()).toEqual({ gone: false, msg_deletion: false });
  });

  test('makes no run for what is about an erased row', async () => {
    await mirror.send(change('user.created', { id: 'user_gone' }), 'msg_1');
    await mirror.send(deleted('user_gone'), 'msg_2');
    await prune(mirror.app.pruneParts);
    const service = await own.serve(
      `export default defineHandlers((on) => { on(['user.created', 'user.updated'], 'any', (event) => note(event.data.id)); });`,
      keeping,
    );
    await sendEvent(service, change('user.updated', { id: 'user_gone' }), 'msg_late');
    await sendUser(service, 'other');
    await until('the other ran', () => own.notes().length > 0);
    expect((await own.runs()).map(({ message_id }) => message_id)).toEqual(['other']);
    expect(await bodies()).toEqual({ msg_late: false, other: true });
  });
});

test('a run made while its message is being pruned keeps the body', async () => {
  const { client } = own;
  const connectionOf = (each: pg.Client): Connection => ({
    run: async <R extends pg.QueryResultRow>({ text }: { text: string }, values: readonly unknown[]) =>
      (await each.query<R>(text, [...values])).rows,
  });
  await client.query(`insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
    select 'msg_' || number, 'user.updated', now(), now() - interval '40 days' + number * interval '1 second', '{}', 'applied', 1
    from generate_series(1, 50) as number`);
  // Its reading is held up at the first row, until a run for a later one is made.
  await client.query('select pg_advisory_lock(1)');
  await client.query(`create role pruner; grant usage on schema clerk to pruner;
    grant select, update on all tables in schema clerk to pruner;
    create function public.slow(id text) returns boolean language plpgsql as
      'begin if id = ''msg_1'' then perform pg_advisory_xact_lock_shared(1); end if; return true; end';
    alter table clerk.inbox_messages enable row level security;
    create policy slowly on clerk.inbox_messages using (public.slow(id))`);
  const pruner = new pg.Client({ connectionString: own.url });
  await pruner.connect();
  try {
    await pruner.query('set role pruner; set enable_seqscan = off; begin');
    const pruning = createOldMessages('clerk').dropBodies(connectionOf(pruner), 30, 1000);
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    await until('it reads', async () => (await client.query(waits)).rowCount === 1);
    const facts = { name: 'late', types: ['user.updated'], ordered: false, timeoutSeconds: 1, attempts: 1 };
    const enqueue = createEnqueueRuns('clerk', [{ ...facts, place: '' }], { again: true });
    const made = enqueue([{ id: 'msg_49', type: 'user.updated' }])!;
    expect(await connectionOf(client).run(made.statement, made.values)).toHaveLength(1);
    await client.query('select pg_advisory_unlock(1)');
    expect(await pruning).toBe(49);
    await pruner.query('commit');
    expect(Object.entries(await bodies()).filter(([, kept]) => kept)).toEqual([['msg_49', true]]);
  } finally {
    await pruner.end();
    await client.query(`drop policy slowly on clerk.inbox_messages; alter table clerk.inbox_messages disable row level security;
      drop function public.slow; drop owned by pruner; drop role pruner`);
  }
});
