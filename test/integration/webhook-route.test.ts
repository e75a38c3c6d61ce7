// docs/GUARANTEES.md, "Answers", row by row: what the public listener answers, and what it stores.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { listen } from '../../src/platform/listener.ts';
import { fixture, fixtureTypes } from '../support/fixtures.ts';
import { newMessageId, openMirror, post, signed, type TestMirror } from '../support/mirror.ts';

let mirror: TestMirror;

beforeAll(async () => {
  mirror = await openMirror({ BODY_LIMIT: '64kb' });
});
afterAll(() => mirror.close());

const user = (): ReturnType<typeof fixture> => fixture('user.created');

describe('verified', () => {
  test('new: 200, and both the message and its row are there', async () => {
    const id = newMessageId();
    const answer = await mirror.send(user(), id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, message: 'Webhook received' });
    expect(await mirror.message(id)).toMatchObject({ type: 'user.created', state: 'applied', attempts: 1 });
    expect(await mirror.row('users', String(user().data.id))).toMatchObject({ source_message_id: id });
  });

  test('seen before: 200, no change', async () => {
    const id = newMessageId();
    await mirror.send(user(), id);
    const before = await mirror.message(id);
    const answer = await mirror.send(user(), id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, message: 'Webhook already received' });
    expect(await mirror.message(id)).toEqual(before);
  });

  test('the same message twice at once: stored once', async () => {
    const id = newMessageId();
    const answers = await Promise.all([
      mirror.send(user(), id),
      mirror.send(user(), id),
      mirror.send(user(), id),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const messages = answers.map(({ body }) => body.message).sort();
    expect(messages).toEqual(['Webhook already received', 'Webhook already received', 'Webhook received']);
  });

  test.each(fixtureTypes)('%s is accepted, and applied', async (type) => {
    const id = newMessageId();
    const answer = await mirror.send(fixture(type), id);
    expect(answer.body).toEqual({ success: true, message: 'Webhook received' });
    expect(await mirror.message(id)).toMatchObject({
      type,
      state: 'applied',
    });
  });

  test.each([
    ['a type nobody handles', { ...fixture('user.created'), type: 'user.teleported' }],
    ['a type that is a name of every object', { ...fixture('user.created'), type: '__proto__' }],
    ['a deletion without an id', { ...fixture('user.deleted'), data: { object: 'user', deleted: true } }],
    ['an id that is a number', { ...fixture('user.created'), data: { ...user().data, id: 7 } }],
    [
      'an id that no index can hold',
      { ...fixture('user.created'), data: { ...user().data, id: 'x'.repeat(9000) } },
    ],
    ['an id with a NUL', { ...fixture('user.created'), data: { ...user().data, id: 'user_\u0000' } }],
  ])('%s: 200, stored as unhandled', async (_what, body) => {
    const id = newMessageId();
    expect((await mirror.send(body, id)).status).toBe(200);
    expect(await mirror.message(id)).toMatchObject({ state: 'unhandled' });
  });

  test('the body is kept as signed, byte for byte', async () => {
    const id = newMessageId();
    const text = ` {"type" : "made.up", "data":{ "a":1.10, "b":"\\u00e9 é \\/" }}\n`;
    await mirror.send(text, id);
    expect((await mirror.message(id))?.body).toBe(text);
  });

  test('webhook-* headers are accepted too', async () => {
    const { body, headers } = signed(user());
    const renamed = Object.entries(headers).map(([name, value]) => [
      name.replace('svix-', 'webhook-'),
      value,
    ]);
    expect(
      (await post(mirror.app, { body, headers: Object.fromEntries(renamed) as Record<string, string> }))
        .status,
    ).toBe(200);
  });

  test('of the two families svix-* wins', async () => {
    const { body, headers } = signed(user());
    const other = { 'webhook-id': 'msg_other', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' };
    expect((await post(mirror.app, { body, headers: { ...headers, ...other } })).status).toBe(200);
    const answer = await post(mirror.app, {
      body,
      headers: { 'content-type': 'application/json', 'svix-id': 'msg_1', ...other },
    });
    expect(answer.body.message).toBe('Missing header: svix-timestamp, svix-signature');
  });
});

describe('refused by the headers', () => {
  test.each(['svix-id', 'svix-timestamp', 'svix-signature'])('%s missing: 400, named', async (name) => {
    const { body, headers } = signed(user());
    const { [name]: left, ...rest } = headers;
    const answer = await post(mirror.app, { body, headers: rest });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ success: false, message: `Missing header: ${name}` });
  });

  test('all missing: one message', async () => {
    const answer = await post(mirror.app, { body: '{}', headers: { 'content-type': 'application/json' } });
    expect(answer.body.message).toBe('Missing header: svix-id, svix-timestamp, svix-signature');
  });

  test.each([
    ['svix-id', 'msg 1'],
    ['svix-id', 'x'.repeat(129)],
    ['svix-id', 'msg_é'],
    ['svix-timestamp', '17e8'],
    ['svix-timestamp', '-5'],
    ['svix-timestamp', '1716883200.9abc'],
  ])('%s = %s: 400', async (name, value) => {
    const { body, headers } = signed(user());
    const answer = await post(mirror.app, {
      body,
      headers: { ...headers, [name]: Buffer.from(value).toString('latin1') },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe(`Malformed header: ${name}`);
  });

  test('a header given twice: 400', async () => {
    const { body, headers } = signed(user());
    const answer = await request(mirror.app.publicApp)
      .post('/api/webhooks')
      .set({ ...headers, 'svix-id': [headers['svix-id'], headers['svix-id']] as unknown as string })
      .send(String(body));
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ success: false, message: 'Malformed header: svix-id' });
  });
});

describe('refused by the signature: the same answer for every cause', () => {
  const refused = { success: false, message: 'Webhook verification failed' };
  const other = `whsec_${Buffer.from('another key of thirty-two bytes!').toString('base64')}`;
  const at = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

  test.each([
    ['another secret', () => signed(user(), newMessageId(), { secret: other })],
    ['too old', () => signed(user(), newMessageId(), { at: at(-310) })],
    ['too new', () => signed(user(), newMessageId(), { at: at(310) })],
    [
      'a changed body',
      () => ({ ...signed(user()), body: JSON.stringify({ ...user(), type: 'user.updated' }) }),
    ],
    [
      'no known version',
      () => ({ ...signed(user()), headers: { ...signed(user()).headers, 'svix-signature': 'v9,AAAA' } }),
    ],
    ['an empty body', () => ({ ...signed(user()), body: '' })],
  ])('%s', async (_cause, make) => {
    const answer = await post(mirror.app, make());
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(refused);
    expect(answer.headers['webhook-delivery']).toBeUndefined();
  });

  test('4 minutes off either way is accepted', async () => {
    for (const seconds of [-240, 240])
      expect((await post(mirror.app, signed(user(), newMessageId(), { at: at(seconds) }))).status).toBe(200);
  });

  test('nothing of it is stored', async () => {
    const id = newMessageId();
    await post(mirror.app, signed(user(), id, { secret: other }));
    expect(await mirror.message(id)).toBeUndefined();
  });
});

describe('signed, but never readable: 400, and Svix is told to stop', () => {
  test.each([
    ['an array', '[1,2]'],
    ['not JSON', '{"type":'],
    ['no type', '{"data":{}}'],
    ['data that is an array', '{"type":"user.created","data":[]}'],
    ['a byte order mark', '\uFEFF{"type":"user.created","data":{}}'],
  ])('%s', async (_what, body) => {
    const id = newMessageId();
    const answer = await mirror.send(body, id);
    expect(answer.status).toBe(400);
    expect(answer.body.success).toBe(false);
    expect(answer.headers['webhook-delivery']).toBe('abort-message');
    expect(await mirror.message(id)).toBeUndefined();
  });

  const bytes = Buffer.from([
    ...Buffer.from('{"type":"user.created","data":{"id":"user_'),
    0xff,
    0xfe,
    ...Buffer.from('"}}'),
  ]);

  test('bytes that are not UTF-8, signed as svix signs them', async () => {
    // As text: it decodes them first.
    const { headers } = signed(bytes.toString());
    const answer = await post(mirror.app, { body: bytes, headers });
    expect([answer.status, answer.headers['webhook-delivery']]).toEqual([400, 'abort-message']);
  });

  test('bytes that are not UTF-8, signed as they are', async () => {
    const answer = await mirror.send(bytes);
    expect([answer.status, answer.headers['webhook-delivery']]).toEqual([400, 'abort-message']);
  });
});

describe('refused before the body', () => {
  test('not application/json: 415', async () => {
    for (const type of ['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded']) {
      const { body, headers } = signed(user());
      expect((await post(mirror.app, { body, headers: { ...headers, 'content-type': type } })).status).toBe(
        415,
      );
    }
  });

  test('application/json; charset=utf-8 passes', async () => {
    const { body, headers } = signed(user());
    const answer = await post(mirror.app, {
      body,
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    });
    expect(answer.status).toBe(200);
  });

  test('content-encoding: 415', async () => {
    const { body, headers } = signed(user());
    expect(
      (await post(mirror.app, { body, headers: { ...headers, 'content-encoding': 'gzip' } })).status,
    ).toBe(415);
  });

  test('too large by its declared length: 413', async () => {
    const answer = await mirror.send({ ...user(), filler: 'x'.repeat(70_000) });
    expect(answer.status).toBe(413);
    expect(answer.body).toEqual({ success: false, message: 'Body too large' });
  });

  test('too large without a declared length: 413', async () => {
    const { body, headers } = signed({ ...user(), filler: 'x'.repeat(70_000) });
    const listener = await listen(mirror.app.publicApp, { host: '127.0.0.1', port: 0, portSetting: 'PORT' });
    const answer = await fetch(`http://127.0.0.1:${listener.port}/api/webhooks`, {
      method: 'POST',
      headers,
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
    await listener.close(1000);
  });

  test.each(['get', 'put', 'patch', 'delete', 'options'] as const)(
    '%s: 405 with Allow: POST',
    async (method) => {
      const answer = await request(mirror.app.publicApp)[method]('/api/webhooks');
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('POST');
    },
  );

  test.each(['/', '/api', '/api/webhook', '/api/webhooks/1', '/metrics', '/api/status', '/%ff'])(
    '%s: 404',
    async (path) => {
      const answer = await request(mirror.app.publicApp).post(path);
      expect(answer.status).toBe(404);
      expect((answer.body as { success: boolean }).success).toBe(false);
    },
  );

  test('the order: method before type before length before headers', async () => {
    const large = 'x'.repeat(70_000);
    const app = mirror.app.publicApp;
    expect(
      (await request(app).put('/api/webhooks').set('content-type', 'text/plain').send(large)).status,
    ).toBe(405);
    expect(
      (await request(app).post('/api/webhooks').set('content-type', 'text/plain').send(large)).status,
    ).toBe(415);
    expect(
      (await request(app).post('/api/webhooks').set('content-type', 'application/json').send(large)).status,
    ).toBe(413);
  });
});

describe('every answer', () => {
  test('has a request id of its own, or the one it was given', async () => {
    const first = await request(mirror.app.publicApp).get('/healthz');
    const second = await request(mirror.app.publicApp).get('/nowhere');
    expect(first.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    const given = await request(mirror.app.publicApp).get('/healthz').set('x-request-id', 'from-the-proxy_1');
    expect(given.headers['x-request-id']).toBe('from-the-proxy_1');
    const odd = await request(mirror.app.publicApp).get('/healthz').set('x-request-id', 'a b"<script>');
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('tells nothing of the software behind it', async () => {
    const { headers } = await request(mirror.app.publicApp).get('/healthz');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers.etag).toBeUndefined();
  });
});

describe('health', () => {
  test('alive, and ready', async () => {
    expect((await request(mirror.app.publicApp).get('/healthz')).status).toBe(200);
    expect((await request(mirror.app.publicApp).get('/readyz')).status).toBe(200);
    expect((await request(mirror.app.publicApp).head('/readyz')).status).toBe(200);
    expect((await request(mirror.app.publicApp).post('/readyz')).status).toBe(405);
  });

  test('without its schema: 503 with the reason in one word', async () => {
    const other = await openMirror({ DATABASE_SCHEMA: 'not_there' }, { url: mirror.url });
    const answer = await request(other.app.publicApp).get('/readyz');
    expect([answer.status, (answer.body as { message: string }).message]).toEqual([503, 'unmigrated']);
    await other.close();
  });

  test('without its database: 503, for webhooks with Retry-After', async () => {
    const nowhere = new URL(mirror.url);
    nowhere.port = '1';
    const other = await openMirror({}, { url: nowhere.href });
    const ready = await request(other.app.publicApp).get('/readyz');
    expect([ready.status, (ready.body as { message: string }).message]).toEqual([503, 'database']);
    const answer = await other.send(user());
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(answer.body).toEqual({ success: false, message: 'Not stored, please try again' });
    await other.close();
  });
});
