// Which run comes when: order for one subject, places for all handlers, backoff.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createApp } from '../../src/app.ts';
import { HandlerHost } from '../../src/handlers/handler-host.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { createDatabase } from '../../src/database/database.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { change } from '../support/fixtures.ts';
import {
  openHandlersTest,
  sendEvent,
  sendUser,
  stopServed,
  type HandlersTest,
  type ServedHere,
} from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { post, signed, testSecret } from '../support/mirror.ts';

let own: HandlersTest;

beforeAll(async () => {
  own = await openHandlersTest();
});
beforeEach(() => own.reset());
afterEach(stopServed);
afterAll(() => own.close());

/** Messages that were stored, and applied, before any handler was there to run. */
async function queue(
  handler: string,
  messages: readonly { id: string; subject: string; at: number }[],
  ordered: boolean,
): Promise<void> {
  await own.client.query(
    `with message as (insert into clerk.inbox_messages (id, type, subject_id, occurred_at, received_at, body, state, attempts)
      select id, 'user.updated', subject, to_timestamp(at / 1000.0), now(),
        json_build_object('type', 'user.updated', 'timestamp', at, 'data', json_build_object('id', subject))::text, 'applied', 1
      from json_to_recordset($1::json) as given(id text, subject text, at float8) returning *)
    insert into clerk.handler_runs (message_id, handler, state, attempts, next_attempt_at, subject_id, occurred_at, ordered)
    select id, $2, 'pending', 0, now() - interval '1 minute' * random(), subject_id, occurred_at, $3 from message`,
    [JSON.stringify(messages), handler, ordered],
  );
}

const allDone = async (): Promise<boolean> => (await own.runs()).every(({ state }) => state !== 'pending');

const sendMany = (service: ServedHere, count: number, data = {}): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, () => sendUser(service, undefined, data)));

test('many of a handler that hangs leave places for another; what was claimed, and not begun when its thread ended, is not dead', async () => {
  const service = await own.serve(`export default defineHandlers((on) => {
    on('user.created', 'a', async (event, { messageId, log }) => {
      if (event.data.first_name === 'Slow') { note('a', messageId); await gate('never'); }
      log.error(new TypeError('ada@private.example'));
      log.error({ err: new TypeError('ada@private.example') }, 'mine');
    }, { timeoutSeconds: 600, attempts: 1 });
    on('session.created', 'b', async () => { note('b'); process.exit(1); });
  });`);
  // So fast that many are claimed ahead.
  await sendMany(service, 120);
  await until('they are done', allDone);
  const lines = service.lines.filter((line) => line.includes('"a"')).join('\n');
  expect(lines).toMatch(/"err":"TypeError".*"msg":"mine"/);
  expect(lines).toMatch(/"err":"TypeError".*"msg":"error"/);
  expect(service.lines.join('\n')).not.toContain('private.example');
  await sendMany(service, 60, { first_name: 'Slow' });
  await until('some hang', () => own.notes().length > 4);
  await sendEvent(service, change('session.created', {}), 'msg_b');
  await until('the other one ran', () => own.notes().includes('b'));
  await until('the thread ended', () => service.lines.some((line) => line.includes('starting another')));
  const claimed = (await own.runs()).filter(({ claimed_by }) => claimed_by !== null);
  expect(claimed.length).toBeGreaterThan(6);
  await own.makeDue(claimed[0]?.claimed_by);
  await until('they are taken back', async () =>
    (await own.runs()).some(({ last_error }) => last_error?.startsWith('its worker ended')),
  );
  expect((await own.runs()).filter(({ state }) => state === 'dead')).toEqual([]);
});

test('ordered: one at a time for each subject, by the time of the event; the others do not wait', async () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const subjects = ['a', 'b', 'c', 'd', 'e', 'f'];
  const messages = subjects.flatMap((subject) =>
    // The ids run against the times.
    Array.from({ length: 5 }, (_, index) => ({
      id: `msg_${subject}${9 - index}`,
      subject,
      at: start + index * 1000,
    })),
  );
  await queue('in-order', messages, true);
  const code = `
    const open = new Map();
    export default defineHandlers((on) => {
      on('user.updated', 'in-order', async (event, { messageId, attempt }) => {
        const { id } = event.data;
        if (open.has(id)) note('together', id);
        open.set(id, true);
        await sleep(Math.random() * 30);
        open.delete(id);
        if (messageId === 'msg_a8' && attempt === 1) throw new Error('later');
        note(id, messageId);
      }, { ordered: true });
    });`;
  // Two workers look for runs at the same time.
  await Promise.all([own.serve(code), own.serve(code)]);
  await until(
    'the others are done',
    async () => (await own.runs()).filter(({ state }) => state === 'done').length >= 26,
  );
  await until('all are done', async () => {
    await own.makeDue();
    return allDone();
  });
  const notes = own.notes();
  expect(notes.filter((line) => line.startsWith('together'))).toEqual([]);
  for (const subject of subjects) {
    const seen = notes.filter((line) => line.startsWith(`${subject} `)).map((line) => line.split(' ')[1]);
    expect(seen).toEqual(messages.filter((each) => each.subject === subject).map(({ id }) => id));
  }
  // What waits for its second attempt holds up its own subject only.
  expect(notes.findIndex((line) => line === 'a msg_a8')).toBeGreaterThan(
    notes.findIndex((line) => line === 'b msg_b5'),
  );
});

test('ordered: a dead run does not hold up the next', async () => {
  const at = Date.now();
  await queue(
    'in-order',
    [
      { id: 'msg_1', subject: 'a', at },
      { id: 'msg_2', subject: 'a', at: at + 1 },
    ],
    true,
  );
  await own.serve(`export default defineHandlers((on) => {
    on('user.updated', 'in-order', async (event, { messageId }) => {
      note(messageId);
      if (messageId === 'msg_1') throw new Error('never');
    }, { ordered: true, attempts: 1 });
  });`);
  await until('both have ended', allDone);
  expect(own.notes()).toEqual(['msg_1', 'msg_2']);
  expect(await own.runs()).toMatchObject([{ state: 'dead' }, { state: 'done' }]);
});

test('as many at a time as there are places, and one handler never takes them all', async () => {
  const service = await own.serve(`
    let open = 0;
    const work = (name) => ['user.created', name, async () => {
      open++;
      note(name, open);
      await (name === 'slow' ? gate('fast ones are done') : sleep(1));
      open--;
    }];
    export default defineHandlers((on) => { on(...work('slow')); on(...work('fast')); });`);
  await sendMany(service, 12);
  await until(
    'six slow ones are open',
    () => own.notes().filter((line) => line.startsWith('slow')).length === 6,
  );
  await until('the fast ones are done', async () => {
    const fast = await own.runs('fast');
    return fast.length === 12 && fast.every(({ state }) => state === 'done');
  });
  expect((await own.runs('slow')).filter(({ state }) => state === 'done')).toEqual([]);
  own.openGate('fast ones are done');
  await until('all are done', allDone);
  const most = Math.max(...own.notes().map((line) => Number(line.split(' ')[1])));
  expect(most).toBeGreaterThan(5);
  expect(most).toBeLessThanOrEqual(8);
});

test('a small pool means fewer at a time', async () => {
  const service = await own.serve(
    `let open = 0;
    export default defineHandlers((on) => {
      on('user.created', 'one', async () => { note(++open); await sleep(20); open--; });
    });`,
    { DATABASE_POOL_MAX: '3' },
  );
  await sendMany(service, 10);
  await until('all are done', async () => (await own.runs()).length === 10 && (await allDone()));
  expect(new Set(own.notes())).toEqual(new Set(['1']));
});

test('attempts are spaced by 5 s, 20 s, 80 s …, and end', async () => {
  const service = await own.serve(`export default defineHandlers((on) => {
    on('user.created', 'fails', async (event, { attempt }) => { note(attempt); throw new Error('x'); }, { attempts: 3 });
  });`);
  const now = async (): Promise<number> =>
    (await own.client.query<{ now: Date }>('select clock_timestamp() as now')).rows[0]!.now.getTime();
  let before = await now();
  await sendUser(service);
  for (const [attempt, seconds] of [5, 20].entries()) {
    await until('it has failed', async () =>
      (await own.runs()).some(({ attempts, claimed_by }) => attempts === attempt + 1 && claimed_by === null),
    );
    const [run] = await own.runs();
    const next = run?.next_attempt_at?.getTime() ?? 0;
    // Up to a quarter longer, so that a crowd does not come back at once.
    expect(next).toBeGreaterThanOrEqual(before + seconds * 1000);
    expect(next).toBeLessThanOrEqual((await now()) + seconds * 1250);
    before = await now();
    await own.makeDue();
  }
  await until('it is dead', async () => (await own.runs()).some(({ state }) => state === 'dead'));
  expect(await own.runs()).toMatchObject([{ attempts: 3, next_attempt_at: null }]);
  expect(own.notes()).toEqual(['1', '2', '3']);
});

test('runs are made once for a message, for no repetition, and not for what is foreign', async () => {
  const code = `export default defineHandlers((on) => {
    on(['user.created', 'robot.created'], 'all', async (event, { messageId }) => note(messageId, event.type));
  });`;
  const service = await own.serve(code, { CLERK_INSTANCE_ID: 'ins_ours' });
  const event = change('user.created', {}, { instance_id: 'ins_ours' });
  for (let time = 0; time < 3; time++) await sendEvent(service, event, 'msg_same');
  await sendEvent(service, { ...event, instance_id: 'ins_theirs' }, 'msg_foreign');
  // Nobody mirrors it, and it has no id.
  await sendEvent(service, { type: 'robot.created', timestamp: 1, data: {} }, 'msg_robot');
  await until(
    'two are done',
    async () => (await own.runs()).filter(({ state }) => state === 'done').length === 2,
  );
  await sendEvent(service, event, 'msg_same');
  // Nor for a handler that was not there when the message came.
  const later = await own.serve(code.replace("'all'", "'later'"));
  await sendEvent(later, event, 'msg_same');
  expect((await own.runs()).map(({ message_id }) => message_id)).toEqual(['msg_robot', 'msg_same']);
  expect(own.notes().sort()).toEqual(['msg_robot robot.created', 'msg_same user.created']);
});

test('a message is applied with its runs, or not at all', async () => {
  const service = await own.serve(`export default defineHandlers((on) => {
    on(['user.created', 'robot.created'], 'all', async (event, { messageId }) => note(messageId));
  });`);
  await own.client.query('alter table clerk.handler_runs rename to runs_elsewhere');
  const [id, robot] = ['msg_user', 'msg_robot'];
  await sendUser(service, id);
  const refused = sendEvent(service, { type: 'robot.created', timestamp: 1, data: {} }, robot);
  await expect(refused).rejects.toThrow('503');
  const { rows } = await own.client.query('select id, state from clerk.inbox_messages order by id');
  await own.client.query('alter table clerk.runs_elsewhere rename to handler_runs');
  expect(rows).toEqual([{ id, state: 'pending' }]);
  await sendEvent(service, { type: 'robot.created', timestamp: 1, data: {} }, robot);
  await until('it ran', () => own.notes().length === 1);
  await own.client.query('update clerk.inbox_messages set next_attempt_at = now() where id = $1', [id]);
  await until('both ran', () => own.notes().length === 2);
  expect(own.notes()).toEqual([robot, id]);
  const applied = await own.client.query('select state from clerk.inbox_messages where id = $1', [id]);
  expect(applied.rows).toEqual([{ state: 'applied' }]);
});

test('a stored message wakes the loop', async () => {
  const modulePath = own.module(
    `export default defineHandlers((on) => { on('user.created', 'soon', async () => {}); });`,
  );
  const settings = { modulePath, databaseUrl: own.url, schema: 'clerk', poolMax: 10, logLevel: 'silent' };
  const log = createLogger('silent', false);
  const more = { keepPrivateMetadata: true, otelEndpoint: undefined, lookEveryMs: 600_000 };
  const host = await HandlerHost.open(
    new URL('../../src/run-handlers/thread.ts', import.meta.url),
    { ...settings, ...more },
    log,
  );
  const database = createDatabase({ url: own.url, schema: 'clerk', poolMax: 10 });
  const app = createApp(
    loadConfig({ WEBHOOK_SECRET: testSecret, DATABASE_URL: own.url }),
    database,
    log,
    undefined,
    host,
  );
  host.begin();
  try {
    // By luck one message may come while the loop looks anyway.
    for (let count = 1; count <= 5; count++) {
      await post(app, signed(change('user.created', {})));
      await until(
        'it ran',
        async () => (await own.runs()).filter(({ state }) => state === 'done').length === count,
      );
    }
  } finally {
    await host.stop(0);
    await database.close();
  }
});

test('short runs: as many at a time as there are places', async () => {
  const runs = 400;
  await queue(
    'fast',
    Array.from({ length: runs }, (_, index) => ({ id: `msg_${index}`, subject: `user_${index}`, at: index })),
    false,
  );
  await own.serve(`
    let open = 0;
    let most = 0;
    export default defineHandlers((on) => {
      on('user.updated', 'fast', async () => {
        if (++open > most) note(most = open);
        while (most < 8) await sleep(1);
        await sleep(1);
        open--;
      });
    });`);
  await until('all are done', allDone);
  expect(own.notes().at(-1)).toBe('8');
});
