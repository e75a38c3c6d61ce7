// createWebhookHandler and verifyWebhook in wrong hands: each slip is told in words, and none ends the program or loses a webhook.

import { afterEach, expect, test } from '@jest/globals';
import { createWebhookHandler, verifyWebhook, type WebhookHandler } from '../../src/index.ts';
import { createDatabase } from '../support/cluster.ts';
import { fixture } from '../support/fixtures.ts';
import { signed, testSecret } from '../support/mirror.ts';

const opened: WebhookHandler[] = [];
const make = (...given: Parameters<typeof createWebhookHandler>): WebhookHandler => {
  const handler = createWebhookHandler(...given);
  opened.push(handler);
  return handler;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const request = (): Request => {
  const { body, headers } = signed(fixture('user.created'));
  return new Request('https://a.example/api/webhooks', { method: 'POST', body: String(body), headers });
};

test('a log that is no logger', () => {
  const log = console.log as unknown as Console;
  expect(() => createWebhookHandler({}, { log })).toThrow(/must have info, warn and error/);
});

test('a log that throws: the webhook is answered and stored, and nothing else happens', async () => {
  const database = await createDatabase();
  const fail = (): never => {
    throw new Error('no disk');
  };
  const handler = make(
    { DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret },
    { log: { info: fail, warn: fail, error: fail } },
  );
  expect((await handler.fetch(request())).status).toBe(200);
  await handler.close();
  await database.drop();
});

test('express without its parentheses', () => {
  const slipped = make({}) as unknown as { express(...given: unknown[]): unknown };
  expect(() => slipped.express({}, {}, () => undefined)).toThrow(/mounted without being called/);
});

test('a setting that is no text, and one that is wrong: named, with what to do here', async () => {
  const numbers = { DATABASE_POOL_MAX: 5 } as unknown as Record<string, string>;
  await expect(make(numbers).ready()).rejects.toMatchObject({
    code: 'settings-invalid',
    message: expect.stringContaining('DATABASE_POOL_MAX is none'),
  });
  await expect(make({ DATABASE_URL: 'postgres://u@h/d', BODY_LIMIT: 'much' }).ready()).rejects.toMatchObject({
    message: expect.stringContaining('BODY_LIMIT'),
    mend: expect.stringContaining('createWebhookHandler'),
  });
});

test('a Node that would lose digits is refused: the request is to come again', async () => {
  const { rawJSON } = JSON;
  Reflect.deleteProperty(JSON, 'rawJSON');
  try {
    const handler = make({ DATABASE_URL: 'postgres://u@h/d', WEBHOOK_SECRET: testSecret });
    await expect(handler.ready()).rejects.toMatchObject({ code: 'node-too-old' });
    expect((await handler.fetch(request())).status).toBe(503);
    const { body, headers } = signed(fixture('user.created'));
    expect(() => verifyWebhook(String(body), headers, testSecret)).toThrow(/needs Node 22/);
  } finally {
    JSON.rawJSON = rawJSON;
  }
});

test('verifyWebhook without a secret: a setting is missing, not a webhook wrong', () => {
  const { body, headers } = signed(fixture('user.created'));
  expect(() => verifyWebhook(String(body), headers, undefined)).toThrow(/signing secret is missing/);
});

test('a body that somebody has begun to read', async () => {
  const database = await createDatabase();
  const handler = make({ DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret });
  const held = request();
  held.body?.getReader();
  const answer = await handler.fetch(held);
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('was read before')]);
  await handler.close();
  await database.drop();
});

test('closed twice, and while it opens: both wait for the end, and ready() says so', async () => {
  const database = await createDatabase();
  const handler = make({ DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret });
  const ready = handler.ready();
  const closing = handler.close();
  expect(handler.close()).toBe(closing);
  await expect(ready).rejects.toThrow(/was closed/);
  await closing;
  expect((await handler.fetch(request())).status).toBe(503);
  await database.drop();
});
