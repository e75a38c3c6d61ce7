// A batch that is sent behind one whose commit is on its way: what it may gain, and what the other must not cost it.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { openWire, type DatabaseWire } from '../support/database-wire.ts';
import { change } from '../support/fixtures.ts';
import { openMirror, type Answer, type TestMirror } from '../support/mirror.ts';
import { until } from '../support/until.ts';

/** Talks to Postgres past the wire. */
let watched: TestMirror;
/** Under test: every byte of it goes over the wire. */
let mirror: TestMirror;
let wire: DatabaseWire;
let watcher: pg.Client;

// A commit is what takes long here: then the next batch is behind it, and nothing else is left to be said by this one.
beforeAll(async () => {
  watched = await openMirror();
  watcher = new pg.Client({ connectionString: watched.url, application_name: 'watcher' });
  await watcher.connect();
  await watcher.query('create table public.gate (is_closed boolean)');
  await watcher.query(`create function clerk.at_commit() returns trigger language plpgsql as $$ begin
    if new.first_name = 'Hangs' then perform pg_sleep(300);
    elsif new.first_name in ('Slow', 'Poison') then
      while exists (select from public.gate) loop perform pg_sleep(0.05); end loop;
    end if;
    if new.first_name = 'Poison' then
      raise exception 'planted' using errcode = '23514', constraint = 'no_poison';
    end if; return null; end $$`);
  await watcher.query(`create constraint trigger at_commit after insert or update on clerk.users
    deferrable initially deferred for each row execute function clerk.at_commit()`);
  await watcher.query(`create function clerk.dawdle() returns trigger language plpgsql as $$ begin
    if new.status = 'hangs' then perform pg_sleep(300); end if; return new; end $$`);
  await watcher.query(
    'create trigger dawdle before insert or update on clerk.sessions for each row execute function clerk.dawdle()',
  );
  await watcher.query(`create table public.backends (id text, pid int)`);
  await watcher.query(`create function public.note() returns trigger language plpgsql as $$ begin
    insert into public.backends values (new.id, pg_backend_pid()); return new; end $$`);
  await watcher.query(
    `create trigger note before insert on clerk.inbox_messages for each row execute function public.note()`,
  );
});
beforeEach(async () => {
  await watched.empty();
  await watcher.query('insert into public.gate values (true)');
  wire = await openWire(watched.url);
  mirror = await openMirror({}, { url: wire.url });
  // Only behind an answer is it known that no pooler is in between.
  await mirror.send({ type: 'made.up', data: {}, timestamp: 1_764_000_000_000 }, 'msg_before');
});
afterAll(async () => {
  await watcher.end();
  await watched.close();
});

const user = (name: string, id: string): object =>
  change('user.created', {
    id: `user_${id}`,
    first_name: name,
    email_addresses: [],
    phone_numbers: [],
    web3_wallets: [],
    external_accounts: [],
    enterprise_accounts: [],
    passkeys: [],
  });

interface Sent {
  status: number;
  readonly answered: Promise<Answer>;
}

/** `status` is 0 until it is answered. */
function send(name: string, id: string): Sent {
  const answered = mirror.send(user(name, id), `msg_${id}`);
  const state: Sent = { status: 0, answered };
  answered.then(({ status }) => (state.status = status)).catch(() => undefined);
  return state;
}

/** Lets the commits go on that wait at the gate. */
const openGate = (): Promise<unknown> => watcher.query('delete from public.gate');

const isAtCommit = async (): Promise<boolean> =>
  (
    await watcher.query(
      `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
    )
  ).rowCount === 1;

/** One whose commit is at work, and one that is on the wire behind it. */
async function inLine(name: string): Promise<{ first: Sent; behind: Sent }> {
  const first = send(name, 'first');
  await until('the first is at its commit', isAtCommit);
  const behind = send('Good', 'behind');
  await until('the second is on the wire', () => wire.carried('msg_behind').length > 0);
  return { first, behind };
}

const backendsOf = async (): Promise<Map<string, number>> =>
  new Map(
    (await watcher.query<{ id: string; pid: number }>('select * from public.backends')).rows.map(
      ({ id, pid }) => [id, pid],
    ),
  );

async function endSleepers(): Promise<void> {
  const end = `select pg_terminate_backend(pid, 60000) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
  await until('the sleepers are ended', async () => (await watcher.query(end)).rowCount === 1);
}

/** Stored with its row, or neither. */
async function isWhole(id: string): Promise<boolean> {
  const message = await watched.message(`msg_${id}`);
  const row = await watched.row('users', `user_${id}`);
  return (message?.state === 'applied') === (row?.source_message_id === `msg_${id}`);
}

async function close(): Promise<void> {
  await mirror.close();
  await wire.close();
}

describe('a batch behind one whose commit is on its way', () => {
  test('is sent before that one is answered, on the same connection; a third waits', async () => {
    const { first, behind } = await inLine('Slow');
    const third = send('Good', 'third');
    await until('the third waits', () => !mirror.app.intake.hasRoomFor(Infinity));
    expect([first.status, behind.status]).toEqual([0, 0]);
    expect(wire.carried('msg_behind')).toEqual(wire.carried('msg_first'));
    // What the third needs is that an answer comes.
    expect(wire.carried('msg_third')).toEqual([]);
    await openGate();
    for (const { answered } of [first, behind, third]) expect((await answered).status).toBe(200);
    const pids = await backendsOf();
    expect(pids.get('msg_behind')).toBe(pids.get('msg_first'));
    for (const id of ['first', 'behind', 'third'])
      expect(await watched.message(`msg_${id}`)).toMatchObject({ state: 'applied', attempts: 1 });
    expect(await watched.rows('users')).toHaveLength(3);
    await close();
  });

  test('that fails is stored unharmed: the poison alone is pending', async () => {
    const { first, behind } = await inLine('Poison');
    expect([first.status, behind.status]).toEqual([0, 0]);
    expect(wire.carried('msg_behind')).toEqual(wire.carried('msg_first'));
    await openGate();
    expect((await Promise.all([first.answered, behind.answered])).map(({ status }) => status)).toEqual([
      200, 200,
    ]);
    expect(await watched.message('msg_first')).toMatchObject({
      state: 'pending',
      last_error: 'postgres 23514 (no_poison)',
    });
    expect(await watched.row('users', 'user_first')).toBeUndefined();
    expect(await watched.message('msg_behind')).toMatchObject({ state: 'applied', attempts: 1 });
    expect(await watched.row('users', 'user_behind')).toMatchObject({ source_message_id: 'msg_behind' });
    await close();
  });

  test('is harmed by its own poison only', async () => {
    const first = send('Slow', 'first');
    await until('the first is at its commit', isAtCommit);
    const poison = send('Poison', 'poison');
    await until('the poison is behind it', () => wire.carried('msg_poison').length > 0);
    const good = send('Good', 'good');
    await openGate();
    const all = await Promise.all([first, poison, good].map(({ answered }) => answered));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    const states = ['first', 'poison', 'good'].map(async (id) => (await watched.message(`msg_${id}`))?.state);
    expect(await Promise.all(states)).toEqual(['applied', 'pending', 'applied']);
    expect((await watched.rows('users')).map(({ id }) => id)).toEqual(['user_first', 'user_good']);
    await close();
  });

  test('whose last statement hangs, until Postgres cuts it: stored in time, and what hung is put off', async () => {
    // Who waits for longer than 9 s is answered 503.
    const hanging = mirror.send(change('session.created', { status: 'hangs' }), 'msg_hangs');
    await until('it hangs', isAtCommit);
    const behind = send('Good', 'behind');
    await until('the second is on the wire', () => wire.carried('msg_behind').length > 0);
    expect(wire.carried('msg_behind')).toEqual(wire.carried('msg_hangs'));
    expect((await Promise.all([hanging, behind.answered])).map(({ status }) => status)).toEqual([200, 200]);
    expect(await watched.message('msg_hangs')).toMatchObject({
      state: 'pending',
      last_error: expect.stringContaining('57014'),
    });
    expect(await watched.message('msg_behind')).toMatchObject({ state: 'applied', attempts: 1 });
    expect(await isWhole('behind')).toBe(true);
    await close();
  });

  test('whose very commit hangs, where no limit of Postgres counts: whole, or told to come again', async () => {
    const { first, behind } = await inLine('Hangs');
    expect((await behind.answered).status).toBe(200);
    const { status } = await first.answered;
    expect(await watched.message('msg_behind')).toMatchObject({ state: 'applied', attempts: 1 });
    expect(await isWhole('behind')).toBe(true);
    // Postgres notices that its client is gone.
    await until('its backend has ended', async () => !(await isAtCommit()));
    // While its own backend still held its id: then it cannot be stored, and its sender is told to come again.
    expect((await watched.message('msg_first'))?.state).toBe(status === 200 ? 'pending' : undefined);
    expect([200, 503]).toContain(status);
    expect((await send('Good', 'first').answered).status).toBe(200);
    await close();
  });

  test('on a connection that is ended: each is told, whole or not there, and is taken when it comes again', async () => {
    const { first, behind } = await inLine('Slow');
    await endSleepers();
    for (const [id, { answered }] of [
      ['first', first],
      ['behind', behind],
    ] as const) {
      const { status } = await answered;
      expect([200, 503]).toContain(status);
      expect((await watched.message(`msg_${id}`))?.state).toBe(status === 200 ? 'applied' : undefined);
      expect(await isWhole(id)).toBe(true);
    }
    expect(first.status).toBe(503);
    for (const [name, id] of [
      ['Good', 'first'],
      ['Good', 'behind'],
    ] as const) {
      expect((await send(name, id).answered).status).toBe(200);
      expect(await watched.message(`msg_${id}`)).toMatchObject({ state: 'applied' });
      expect(await isWhole(id)).toBe(true);
    }
    await close();
  });

  test('on a connection that falls silent: cut in time, begun again on another, nothing lost', async () => {
    const { first, behind } = await inLine('Slow');
    wire.keepAnswers();
    await openGate();
    const answers = await Promise.all([first.answered, behind.answered]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    // The first was committed, only its answer is missing: its repetition found it. The second was begun again.
    expect(await watched.message('msg_first')).toMatchObject({ state: 'applied', attempts: 1 });
    // Applied, or stored for the retry loop.
    expect((await watched.message('msg_behind'))?.state).toBe('applied');
    for (const id of ['first', 'behind']) expect(await isWhole(id)).toBe(true);
    expect(wire.carried('msg_behind').length).toBeGreaterThan(1);
    await close();
  });

  test('where prepared statements are forgotten in between: both go on', async () => {
    expect((await send('Good', 'before').answered).status).toBe(200);
    const connection = await mirror.database.acquire();
    await connection.query('deallocate all');
    await mirror.database.release(connection);
    const { first, behind } = await inLine('Slow');
    await openGate();
    expect((await Promise.all([first.answered, behind.answered])).map(({ status }) => status)).toEqual([
      200, 200,
    ]);
    expect(mirror.database.statementNames.inUse).toBe(false);
    for (const id of ['first', 'behind']) {
      expect(await watched.message(`msg_${id}`)).toMatchObject({ state: 'applied' });
      expect(await isWhole(id)).toBe(true);
    }
    await close();
  });
});
