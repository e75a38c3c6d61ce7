// clerk-mirror/testing: what an application's own tests are given does what the worker does.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventTypes } from '../../src/clerk/event-payloads.ts';
import { defineHandlers } from '../../src/handlers/define-handlers.ts';
import { runHandler, signedEvent, testingSecret } from '../../src/testing.ts';
import { openMirror, post, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror({ WEBHOOK_SECRET: testingSecret });
  await mirror.database.knex.raw('create table public.effects (name text)');
});
afterAll(() => mirror.close());

const effects = async (): Promise<string[]> => mirror.database.knex('public.effects').pluck('name');

const handlers = defineHandlers((on) => {
  on('user.created', 'greets', async (event, { trx, messageId, attempt }) => {
    await trx('public.effects').insert({ name: `${event.data.id} ${messageId} ${attempt}` });
    if (event.data.first_name === 'Nobody') throw new RangeError('nobody to greet');
  });
  on('user.created', 'commits', async (_event, { trx }) => {
    await trx.raw('select 1; commit');
  });
  on(
    'user.created',
    'waits',
    (_event, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.onabort = () => {
          reject(signal.reason as Error);
        };
      }),
    { timeoutSeconds: 0.1 },
  );
  on('sms.created', 'seen', (event) => {
    expect(event.data.created_at_ms).toBe(1_700_000_000_000);
    expect(event.raw).toMatchObject({ data: { created_at: 1_700_000_000 } });
  });
});

describe('signedEvent', () => {
  test('of every type is taken by the service, and is what it says', async () => {
    for (const type of eventTypes) {
      const { body, headers, id, event } = signedEvent(type);
      expect(JSON.parse(body)).toEqual(event);
      expect(event).toMatchObject({ object: 'event', type, data: { id: expect.any(String) } });
      expect(await post(mirror.app, { body, headers })).toMatchObject({
        status: 200,
        body: { message: 'Webhook received' },
      });
      expect(await mirror.message(id)).toMatchObject({
        type,
        body: expect.stringContaining(`"type":"${type}"`),
      });
    }
  });

  test('has the data, id and time that it is given, and is refused when it was sent too long ago', async () => {
    const { body, headers, event } = signedEvent(
      'user.created',
      { id: 'user_mine', first_name: 'Ada' },
      { id: 'msg_mine', timestamp: 1_700_000_000_000 },
    );
    expect(event).toMatchObject({
      timestamp: 1_700_000_000_000,
      data: { id: 'user_mine', first_name: 'Ada', object: 'user' },
    });
    expect((await post(mirror.app, { body, headers })).status).toBe(200);
    expect(await mirror.row('users', 'user_mine')).toMatchObject({
      first_name: 'Ada',
      source_message_id: 'msg_mine',
    });
    const old = signedEvent('user.created', {}, { sentAt: new Date(Date.now() - 600_000) });
    expect((await post(mirror.app, old)).status).toBe(400);
    const other = signedEvent('robot.created', { id: 'robot_1' });
    expect((await post(mirror.app, other)).status).toBe(200);
  });
});

describe('runHandler', () => {
  test('commits what a handler did, or nothing of it', async () => {
    const ada = signedEvent('user.created', { id: 'user_ada' }).event;
    expect(
      await runHandler(handlers, 'greets', ada, {
        knex: mirror.database.knex,
        messageId: 'msg_1',
        attempt: 2,
      }),
    ).toEqual({ outcome: 'done' });
    const nobody = signedEvent('user.created', { id: 'user_no', first_name: 'Nobody' }).event;
    const failed = await runHandler(handlers, 'greets', nobody, { knex: mirror.database.knex });
    expect(failed).toMatchObject({ outcome: 'failed', thrown: new RangeError('nobody to greet') });
    expect(failed).toMatchObject({
      reason: expect.stringMatching(/^RangeError at test\/integration\/handlers-testing\.test\.ts:\d+$/),
    });
    expect(await effects()).toEqual(['user_ada msg_1 2']);
  });

  test('sees to what the worker sees to', async () => {
    const { event } = signedEvent('user.created');
    const withKnex = { knex: mirror.database.knex };
    expect(await runHandler(handlers, 'commits', event, withKnex)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('ended its transaction'),
    });
    expect(await runHandler(handlers, 'waits', event, withKnex)).toMatchObject({
      outcome: 'failed',
      reason: 'timed out after 0.1 s',
    });
    const sms = {
      type: 'sms.created',
      timestamp: 1_700_000_000,
      data: { object: 'sms_message', id: 'sms_1', created_at: 1_700_000_000 },
    };
    expect(await runHandler(handlers, 'seen', sms)).toEqual({ outcome: 'done' });
  });

  test('says what is missing', async () => {
    const { event } = signedEvent('user.created');
    expect(await runHandler(handlers, 'greets', event)).toMatchObject({
      outcome: 'failed',
      thrown: { message: expect.stringContaining('{ knex }') },
    });
    await expect(runHandler(handlers, 'greet', event)).rejects.toThrow(
      'there are: greets, commits, waits, seen',
    );
    await expect(runHandler(handlers, 'seen', event)).rejects.toThrow('it listens to sms.created');
  });
});
