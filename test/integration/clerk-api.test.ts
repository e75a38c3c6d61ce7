// What the client of Clerk's API sends, what it makes of answers, and when it asks again: against a real server that is told what to answer.

import { afterEach, describe, expect, test } from '@jest/globals';
import {
  cutBody,
  cutJson,
  hangUp,
  json,
  key,
  noHeaders,
  openScriptedApi,
  refused,
  slowBody,
  text,
  type Answer,
  type ScriptedApi,
} from '../support/scripted-api.ts';

let scripted: ScriptedApi | undefined;
const open = async (...given: Parameters<typeof openScriptedApi>): Promise<ScriptedApi> =>
  (scripted = await openScriptedApi(...given));

afterEach(async () => {
  await scripted?.close();
});

describe('a request', () => {
  test('says who asks, for which version, and what', async () => {
    const { api, seen } = await open();
    await api.get('/users', {
      limit: 500,
      order_by: '+created_at',
      banned: false,
      after: undefined,
      q: 'a&b',
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/v1/users?limit=500&order_by=%2Bcreated_at&banned=false&q=a%26b',
      headers: {
        authorization: `Bearer ${key}`,
        'clerk-api-version': '2026-05-12',
        accept: 'application/json',
        'user-agent': 'clerk-mirror',
      },
    });
    expect(seen[0]?.url).not.toContain('__clerk_api_version');
  });

  test('goes over a connection that is open', async () => {
    const { api, seen } = await open();
    for (let count = 0; count < 20; count++) await api.get('/users');
    // undici opens a second one when the first has not settled yet.
    expect(new Set(seen.map(({ port }) => port)).size).toBeLessThanOrEqual(2);
  });

  test.each(['/v1', '/v1/', '/'])('an address that ends with %s is the same', async (end) => {
    const { url, seen, answers } = await open();
    answers(json([]));
    const other = await openScriptedApi({ url: url + end });
    await other.api.get('/users');
    expect(seen.map((each) => each.url)).toEqual(['/v1/users']);
    await other.close();
  });

  test.each([
    '/users/',
    '/users/../organizations',
    '/users/a?limit=1',
    '/users/a#b',
    '/users//a',
    '/users/a b',
  ])('%s is not asked for: an id in it would lead elsewhere', async (path) => {
    const { api, seen } = await open();
    await expect(api.get(path)).rejects.toMatchObject({ code: 'usage' });
    expect(seen).toEqual([]);
  });

  test('many of one signal: no warning of too many listeners', async () => {
    const { api, answers } = await open();
    answers((response) =>
      setTimeout(() => {
        json([])(response);
      }, 50),
    );
    const warnings: unknown[] = [];
    const hear = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', hear);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => api.get('/users', {}, { signal })));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });
});

describe('an answer', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'application/json;charset=UTF-8'])(
    'as %s is read',
    async (type) => {
      const { api, answers } = await open();
      answers(json({ data: [{ name: 'Zoë 🎈' }] }, { type }));
      expect((await api.get('/users')).body).toEqual({ data: [{ name: 'Zoë 🎈' }] });
    },
  );

  test('keeps its digits and loses its secrets', async () => {
    const { api, answers } = await open({ keepPrivateMetadata: false });
    answers(
      text(
        '[{"object":"invitation","url":"https://example.test/secret","private_metadata":{"a":1},"n":9007199254740993}]',
        'application/json',
      ),
    );
    const { body } = await api.get('/invitations');
    expect(JSON.stringify(body)).toBe(
      '[{"object":"invitation","url":null,"private_metadata":null,"n":9007199254740993}]',
    );
  });

  test('is as old as it took, by the clock of the server, however far that is off', async () => {
    const { api, answers } = await open();
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    answers((response) =>
      setTimeout(() => {
        json([], { headers: { date } })(response);
      }, 300),
    );
    const begun = performance.now();
    const { at } = await api.get('/users');
    const mostMs = performance.now() - begun;
    const tookMs = Date.parse(date) - (at ?? 0);
    expect(tookMs).toBeGreaterThanOrEqual(295);
    expect(tookMs).toBeLessThanOrEqual(Math.ceil(mostMs));
  });

  test('counts from its headers, not from the end of its body', async () => {
    const { api, answers } = await open();
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    answers((response) => {
      response.writeHead(200, { 'content-type': 'application/json', date });
      response.flushHeaders();
      setTimeout(() => response.end('[]'), 2500);
    });
    expect(Date.parse(date) - ((await api.get('/users')).at ?? 0)).toBeLessThan(2000);
  });

  test.each([undefined, '', 'yesterday', '2026-05-12T00:00:00Z', 'Tue, 99 Foo 2026 08:49:37 GMT'])(
    'with the date %s has no moment',
    async (date) => {
      const { api, answers } = await open();
      answers((response) => {
        response.sendDate = false;
        json([], date === undefined ? {} : { headers: { date } })(response);
      });
      expect(await api.get('/users')).toEqual({ body: [], at: undefined });
    },
  );
});

describe('is asked again', () => {
  const troubles: [string, Answer][] = [
    ['a connection that is closed', hangUp],
    ['a body that is cut', cutBody()],
    ['JSON that is cut', cutJson],
    ['headers that do not come', noHeaders],
    ['a body that does not end', slowBody],
    ['500', refused(500, 'internal_error')],
    ['502 of a proxy', text('<html>', 'text/html', 502)],
    ['503 whose body is cut', cutBody(503)],
    ['429 without a time', refused(429, 'rate_limited')],
    [
      '429 of a proxy, for zero seconds',
      (response) => response.writeHead(429, { 'retry-after': '0' }).end('no'),
    ],
  ];

  test.each(troubles)('after %s', async (_name, trouble) => {
    const { api, answers, seen } = await open({ timeoutMs: 1000 });
    answers(trouble, trouble, json([1]));
    expect((await api.get('/users')).body).toEqual([1]);
    expect(seen).toHaveLength(3);
  });

  test.each(troubles)('six times in all after %s', async (_name, trouble) => {
    const { api, answers, seen } = await open({ timeoutMs: 150 });
    answers(trouble);
    await expect(api.get('/users')).rejects.toMatchObject({ name: 'ClerkApiError' });
    expect(seen).toHaveLength(6);
  });

  test.each([400, 401, 402, 403, 404, 410, 422])('not after %s', async (status) => {
    const { api, answers, seen } = await open();
    answers(refused(status, 'no_such_thing'), json([]));
    await expect(api.get('/users')).rejects.toMatchObject({ status, clerkCode: 'no_such_thing' });
    expect(seen).toHaveLength(1);
  });

  test('each time after a wait of its own', async () => {
    const asked: number[] = [];
    const { api, answers } = await open({ backoffMs: (attempt) => (asked.push(attempt), 1) });
    answers(hangUp);
    await expect(api.get('/users')).rejects.toMatchObject({ code: 'clerk-unreachable' });
    expect(asked.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
  });

  test('after Retry-After, not before, and nobody else asks meanwhile', async () => {
    const { api, answers, seen, lines } = await open();
    answers(refused(429, 'too_many', { 'retry-after': '1' }), json([]));
    const first = api.get('/users', { query: 'somebody' });
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const others = [api.get('/organizations'), api.get('/invitations')];
    await Promise.all([first, ...others]);
    const [limited, ...later] = seen.map(({ at }) => at);
    expect(later).toHaveLength(3);
    for (const at of later) expect(at - (limited ?? 0)).toBeGreaterThanOrEqual(990);
    const warning = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ level }) => level === 'warn');
    expect(warning).toMatchObject({ path: '/users', seconds: 1 });
    expect(lines.join()).not.toContain('somebody');
  });

  test('and what does not pass at once is told to who waits', async () => {
    const { api, answers, lines } = await open();
    answers(hangUp, refused(500, 'internal_error'), json([]));
    await api.get('/users/user_1');
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.map(({ level, path, attempt }) => ({ level, path, attempt }))).toEqual([
      { level: 'debug', path: '/users/user_1', attempt: 1 },
      { level: 'warn', path: '/users/user_1', attempt: 2 },
    ]);
  });
});
