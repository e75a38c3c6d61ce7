// /handlers of the operator page, over a real service with a real module: what waits and what is dead, found, mended and retried.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { change } from '../support/fixtures.ts';
import {
  openHandlersTest,
  sendUser,
  stopServed,
  type HandlersTest,
  type ServedHere,
} from '../support/handlers-service.ts';
import { until } from '../support/until.ts';
import { openMirror, type TestMirror } from '../support/mirror.ts';
import { openPages, type OperatorPages } from '../support/operator-pages.ts';

let own: HandlersTest;
/** Without HANDLERS, on the same database. */
let mirror: TestMirror;
let bare: OperatorPages;

beforeAll(async () => {
  own = await openHandlersTest();
  mirror = await openMirror({}, own);
  bare = await openPages(mirror.app.operatorApp);
});
beforeEach(async () => {
  await own.reset();
  await own.client.query('truncate clerk.operator_deeds');
});
afterAll(async () => {
  await bare.close();
  await mirror.close();
  await own.close();
});

/** `ill` refuses all until its gate is open; `well` does nothing. */
const module = `
  export default defineHandlers((on) => {
    on('user.created', 'ill', async (event, { trx, messageId }) => {
      if (!isOpen(messageId.slice(-1))) throw Object.assign(new Error('<b>Inês</b>'), { code: 'NOT_YET' });
      await effect(trx, 'ill', messageId);
    }, { attempts: 1 });
    on(['user.created', 'user.updated'], 'well', async () => {}, { ordered: true, timeoutSeconds: 7, attempts: 3 });
  });`;
const stateOf = async (messageId: string): Promise<string | undefined> =>
  (await own.runs('ill')).find((run) => run.message_id === messageId)?.state;
const allAre = (state: string, count: number): Promise<void> =>
  until(`${count} are ${state}`, async () => {
    const runs = await own.runs('ill');
    return runs.filter((run) => run.state === state).length === count;
  });

describe('a service with handlers', () => {
  let service: ServedHere;
  let pages: OperatorPages;
  beforeAll(async () => {
    service = await own.serve(module);
    pages = await openPages(service.operator);
  });
  afterAll(stopServed);

  test('a run that is dead is found with its error and its message; its cause mended it is retried, and done', async () => {
    for (const id of ['msg_a', 'msg_b']) await sendUser(service, id);
    await allAre('dead', 2);
    await until('the others are done', async () =>
      (await own.runs('well')).every((run) => run.state === 'done'),
    );
    const shown = await pages.show('/handlers');
    expect(shown.text).toMatch(
      /ill 1 attempts?, 20 s each · handlers\.mjs:\d+ user\.created 0 – 0 2 Retry all/,
    );
    expect(shown.text).toMatch(
      /well ordered, 3 attempts, 7 s each · handlers\.mjs:\d+ user\.created, user\.updated 0 – 0 0/,
    );
    expect(shown.text).toMatch(/UTC ill msg_b 1 .*NOT_YET.*handlers\.mjs:\d+/);
    expect(shown.html).toContain('href="/messages/msg_a"');
    expect(shown.html).not.toContain('Inês');

    own.openGate('a');
    const retried = await pages.press('/handlers/retry?handler=ill&message=msg_a');
    expect(retried.asked.text).toMatch(
      /Handler ill Message msg_a user\.created State dead, after 1 attempt Last error .*NOT_YET/,
    );
    expect(await pages.outcome(retried.deed)).toMatch(
      /loopback retry run ill msg_a done It is due now, and its attempts begin anew\./,
    );
    await until('it is done', async () => (await stateOf('msg_a')) === 'done');
    expect(await own.effects('ill')).toEqual(['msg_a']);
    expect(await stateOf('msg_b')).toBe('dead');
    const after = await pages.show('/handlers');
    expect(after.text).toMatch(/user\.created 0 – 0 1 Retry all/);
    expect(after.html).not.toContain('message=msg_a');

    // What is not dead any more is left alone.
    const again = await pages.press('/handlers/retry?handler=ill&message=msg_a');
    expect(again.asked.text).toContain('It is not dead: there is nothing to retry.');
    expect(await pages.outcome(again.deed)).toContain('It was not dead any more: it is done.');
    expect((await own.runs('ill')).find((run) => run.message_id === 'msg_a')?.attempts).toBe(1);
  });

  test('all dead runs of a handler are counted, asked for, and retried; those without a body stay dead', async () => {
    for (let n = 0; n < 12; n++) await sendUser(service, `msg_${String.fromCharCode(97 + n)}_z`);
    await allAre('dead', 12);
    await own.client.query(`update clerk.inbox_messages set body = null where id = 'msg_c_z'`);
    await own.client.query(
      `update clerk.handler_runs set state = 'dead', finished_at = now() where handler = 'well' and message_id = 'msg_a_z'`,
    );
    expect((await pages.show('/handlers?handler=ill')).text).toContain('Retry all dead runs of ill');
    own.openGate('z');
    const { asked, deed } = await pages.press('/handlers/retry?handler=ill');
    expect(asked.text).toMatch(/12 dead runs of ill\. 1 has no body of a message any more, and stay/);
    expect(await pages.outcome(deed)).toMatch(
      /retry dead runs ill done 11 runs are due now\. 1 without their message's body stay dead\./,
    );
    await allAre('done', 11);
    expect((await own.effects('ill')).length).toBe(11);
    expect(await stateOf('msg_c_z')).toBe('dead');
    expect((await own.runs('well')).filter(({ state }) => state === 'dead')).toHaveLength(1);

    const one = await pages.press('/handlers/retry?handler=ill&message=msg_c_z');
    expect(one.asked.text).toContain('it stays dead');
    expect(await pages.outcome(one.deed)).toMatch(
      /failed It stays dead: its message's body is not kept any more\./,
    );
    expect(await stateOf('msg_c_z')).toBe('dead');
  });

  test('what waits is shown with when it is due', async () => {
    await sendUser(service, 'msg_waits');
    await allAre('dead', 1);
    await own.client.query(
      `update clerk.handler_runs set state = 'pending', next_attempt_at = now() + interval '2 hours' where handler = 'ill'`,
    );
    expect((await pages.show('/handlers')).text).toMatch(/user\.created 1 in 2 h 0 0/);
  });
});

const makeDead = (handler: string, howMany: number): Promise<unknown> =>
  own.client.query(
    `with message as (insert into clerk.inbox_messages (id, type, occurred_at, received_at, body, state, attempts)
        select 'msg_' || $1 || '_' || n, 'user.created', now(), now(), '{}', 'applied', 1 from generate_series(1, $2::int) as n returning id)
      insert into clerk.handler_runs (message_id, handler, state, attempts, occurred_at, ordered, finished_at, last_error)
      select id, $1, 'dead', 12, now(), false, timestamptz '2026-01-01 00:00:00.123456Z', 'Error at x.mjs:1' from message`,
    [handler, howMany],
  );

describe('the list of dead runs', () => {
  const walk = async (start: string): Promise<string[]> => {
    const seen: string[] = [];
    let path: string | undefined = start;
    for (let parts = 0; path !== undefined && parts < 20; parts++) {
      const { status, html } = await bare.show(path);
      expect(status).toBe(200);
      seen.push(...Array.from(html.matchAll(/href="\/messages\/([^"]+)"/g), (found) => found[1] ?? ''));
      path = /href="(\/handlers\?[^"]*older=[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    return seen;
  };

  test('comes part by part, each run once, though all died in the same microsecond; of one handler, or of all', async () => {
    await makeDead('one', 130);
    await makeDead('two', 60);
    const all = await walk('/handlers');
    expect([all.length, new Set(all).size]).toEqual([190, 190]);
    const ofTwo = await walk('/handlers?handler=two');
    expect([ofTwo.length, ofTwo.every((id) => id.startsWith('msg_two_'))]).toEqual([60, true]);
  });

  const place = '2026-01-01T00:00:00.123456Z,msg_1,one';
  test.each([
    ['a handler that cannot be one', `/handlers?handler=${encodeURIComponent('<script>')}`, 400],
    ['two handlers', '/handlers?handler=a&handler=b', 400],
    ['a handler that never was', '/handlers?handler=never', 200],
    ['a place that was changed', '/handlers?older=yesterday', 400],
    ['a place with more in it', `/handlers?older=${place},x`, 400],
    ['a day that there is not', `/handlers?older=${place.replace('-01-01', '-02-31')}`, 400],
    ['a place with markup', `/handlers?older=${encodeURIComponent(place.replace('msg_1', '<script>'))}`, 400],
    ['a place that is well', `/handlers?older=${place}`, 200],
    ['retry of nothing', '/handlers/retry', 400],
    ['retry of a handler that cannot be one', '/handlers/retry?handler=a%27b', 400],
    ['retry of a message that cannot be one', '/handlers/retry?handler=a&message=%3Cb%3E', 400],
    ['retry of two messages', '/handlers/retry?handler=a&message=1&message=2', 400],
    ['retry of a run that never was', '/handlers/retry?handler=a&message=msg_1', 404],
    ['retry of all, where none is dead', '/handlers/retry?handler=never', 200],
  ])('an address: %s', async (_name, path, status) => {
    const shown = await bare.show(path);
    expect([shown.status, shown.html.includes('<script>')]).toEqual([status, false]);
  });
});

describe('without HANDLERS', () => {
  test('it is told how to begin; runs that are left of before are shown, and wait when they are retried', async () => {
    const empty = await bare.show('/handlers');
    expect(empty.text).toContain('HANDLERS=./handlers.mjs');
    expect(empty.html).toContain('export default defineHandlers((on) =&gt; {\n  on(&#39;user.created');
    expect(empty.text).not.toContain('By handler');

    await mirror.send(change('user.created', {}), 'msg_1');
    await own.client.query(
      `insert into clerk.handler_runs (message_id, handler, state, attempts, occurred_at, ordered, finished_at, last_error)
      values ('msg_1', 'gone', 'dead', 12, now(), false, now(), $1), ('msg_1', $1, 'dead', 1, now(), false, now(), null)`,
      [`<script>alert("x")</script>`],
    );
    const shown = await bare.show('/handlers');
    expect(shown.text).toContain('gone not registered here');
    expect(shown.text).toContain('<script>alert("x")</script>');
    expect(shown.html).not.toContain('<script>alert');
    const { asked, deed } = await bare.press('/handlers/retry?handler=gone&message=msg_1');
    expect(asked.text).toContain('No handler named gone is registered');
    expect(await bare.outcome(deed)).toContain('it waits until one is');
    expect(await own.runs('gone')).toMatchObject([{ state: 'pending', attempts: 0 }]);
    expect((await bare.show('/handlers')).text).toMatch(/gone not registered here 1 /);
  });

  test('more than ten thousand are not counted to their end', async () => {
    await makeDead('many', 10_050);
    await own.client.query(`update clerk.handler_runs set state = 'pending', next_attempt_at = now()`);
    expect((await bare.show('/handlers')).text).toMatch(/many not registered here > 10,000 /);
    await own.client.query(`update clerk.handler_runs set state = 'dead', next_attempt_at = null`);
    expect((await bare.show('/handlers')).text).toMatch(/many not registered here 0 – 0 ≥ 10,001 Retry all/);
    expect((await bare.show('/handlers/retry?handler=many')).text).toContain(
      'More than 10,000 dead runs of many.',
    );
  });
});
