// The private listener of a real service, over real sockets: what each answer tells browsers, rotation over a restart, and that the public port has none of it.

import { afterEach, beforeAll, afterAll, describe, expect, test } from '@jest/globals';
import { askRaw, type RawReply } from '../support/ask-raw.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import { bearer, cookieOf, form, html } from '../support/operator-doors.ts';
import {
  freePort,
  killServices,
  runProcess,
  startService,
  type ServiceProcess,
} from '../support/service-process.ts';
import { templateName } from '../support/template.ts';

const old = 'the-old-token-of-operators';
const young = 'the-new-token-of-operators';
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase(templateName);
});
afterEach(killServices);
afterAll(() => database.drop());

const start = (environment: Record<string, string>): Promise<ServiceProcess> =>
  startService({ DATABASE_URL: database.url, LOG_LEVEL: 'trace', ...environment });
const portOf = (url: string): number => Number(new URL(url).port);
const bodyOf = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

async function logIn(port: number, token: string): Promise<string> {
  const answer = await askRaw(
    port,
    'POST',
    '/login',
    { ...form, ...html },
    bodyOf({ token, name: 'Ada-of-Tests' }),
  );
  expect(answer.status).toBe(303);
  return cookieOf(answer);
}

/** The form token in a page. */
const csrfIn = ({ text }: RawReply): string => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';

test('every answer forbids frames, foreign scripts and keeping, whatever was asked', async () => {
  const service = await start({ OPERATOR_TOKEN: old });
  const port = portOf(service.operator);
  const cookie = await logIn(port, old);
  const asked: readonly (readonly [string, string, Record<string, string>, string?])[] = [
    ['GET', '/', { ...html, cookie }],
    ['GET', '/messages', { ...html, cookie }],
    ['GET', '/sync', { ...html, cookie }],
    ['GET', '/handlers', { ...html, cookie }],
    ['GET', '/deeds', { ...html, cookie }],
    ['GET', '/nothing', { ...html, cookie }],
    ['GET', '/messages/msg_nobody', { ...html, cookie }],
    ['GET', '/messages/%E0%A4%A', { ...html, cookie }],
    ['POST', '/example', { ...html, ...form, cookie }, 'csrf=x'],
    ['GET', '/login', html],
    ['POST', '/login', { ...html, ...form }, 'token=a-wrong-token-of-nobody'],
    ['GET', '/', html],
    ['GET', '/assets/page.css', {}],
    ['GET', '/assets/page.js', {}],
    ['GET', '/assets/nothing.js', {}],
    ['GET', '/assets/..%2f..%2fapp.ts', {}],
    ['GET', '/metrics', {}],
    ['GET', '/metrics', bearer(old)],
    ['GET', '/api/status', bearer(old)],
    ['GET', '/api/nothing', bearer(old)],
    ['POST', '/api/sync/users/user_1', bearer(old)],
    ['GET', '/api/sync/%E0%A4%A/x', bearer(old)],
    ['OPTIONS', '/api/status', { origin: 'https://evil.example', 'access-control-request-method': 'POST' }],
  ];
  for (const [method, path, headers, body] of asked) {
    const answer = await askRaw(port, method, path, headers, body);
    expect([path, answer.headers]).toEqual([
      path,
      expect.objectContaining({
        'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': path.startsWith('/assets/page') ? expect.any(String) : 'no-store',
      }),
    ]);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(answer.text).not.toContain(old);
    // Nothing that such a policy would keep from working.
    expect(answer.text).not.toMatch(
      /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|src="https?:/i,
    );
  }
  service.child.kill('SIGTERM');
  const { stdout, stderr } = await service.finished;
  expect(stdout + stderr).not.toContain(old);
  expect(stdout + stderr).not.toContain('a-wrong-token');
  expect(stdout + stderr).not.toContain('Ada-of-Tests');
  expect(stdout).toMatch(/"msg":"an operator logged in"/);
  expect(stdout).toMatch(/"msg":"wrong tokens for the operator listener/);
});

test('a token is changed without anybody locked out: both, then the new one alone, which ends the old one’s sessions', async () => {
  const OPERATOR_PORT = String(await freePort());
  const port = Number(OPERATOR_PORT);
  const get = async (cookie: string): Promise<number> =>
    (await askRaw(port, 'GET', '/deeds', { ...html, cookie })).status;
  const api = async (token: string): Promise<number> =>
    (await askRaw(port, 'GET', '/api/status', bearer(token))).status;

  const first = await start({ OPERATOR_PORT, OPERATOR_TOKEN: old });
  const [mine] = [await logIn(port, old)];
  expect([await get(mine), await api(old), await api(young)]).toEqual([200, 200, 401]);
  first.child.kill('SIGTERM');
  await first.finished;

  const both = await start({ OPERATOR_PORT, OPERATOR_TOKEN: `${young}, ${old}` });
  const next = await logIn(port, young);
  expect([await get(mine), await get(next), await api(old), await api(young)]).toEqual([200, 200, 200, 200]);
  both.child.kill('SIGTERM');
  await both.finished;

  await start({ OPERATOR_PORT, OPERATOR_TOKEN: young });
  expect([await get(mine), await get(next), await api(old), await api(young)]).toEqual([303, 200, 401, 200]);
});

describe('the doors', () => {
  test('of the public port are closed to all of it, with the token too', async () => {
    const service = await start({ OPERATOR_TOKEN: old });
    const cookie = (await logIn(portOf(service.operator), old)).replace(
      /_\d+=/,
      `_${portOf(service.webhooks)}=`,
    );
    for (const path of [
      '/',
      '/login',
      '/logout',
      '/metrics',
      '/messages',
      '/deeds',
      '/sync',
      '/handlers',
      '/subjects',
      '/example',
      '/assets/page.css',
      '/api/status',
      '/api/sync/users/user_1',
    ])
      for (const method of ['GET', 'POST']) {
        const answer = await askRaw(portOf(service.webhooks), method, path, {
          ...html,
          ...bearer(old),
          cookie,
        });
        expect([path, answer.status, answer.headers['set-cookie']]).toEqual([path, 404, undefined]);
        expect(JSON.parse(answer.text)).toEqual({
          success: false,
          message: 'Not found: webhooks go to POST /api/webhooks',
        });
      }
  });

  test('a deed needs the session’s own form', async () => {
    const service = await start({ OPERATOR_TOKEN: old });
    const port = portOf(service.operator);
    const [mine, theirs] = [await logIn(port, old), await logIn(port, old)];
    const ask = async (cookie: string): Promise<string> =>
      csrfIn(await askRaw(port, 'GET', '/example', { ...html, cookie }));
    const [own, foreign] = [await ask(mine), await ask(theirs)];
    expect(own).toMatch(/^[\w-]{43}$/);
    const post = (csrf: string, headers: Record<string, string> = {}): Promise<RawReply> =>
      askRaw(port, 'POST', '/example', { ...html, ...form, cookie: mine, ...headers }, bodyOf({ csrf }));
    for (const csrf of ['', foreign]) expect((await post(csrf)).status).toBe(403);
    expect((await post(own, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(own, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    const before = await askRaw(port, 'GET', '/deeds', { ...html, cookie: mine });
    expect(before.text).toContain('Nobody has done anything here yet');
    const done = await post(own, { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' });
    expect([done.status, done.headers.location]).toEqual([303, expect.stringMatching(/^\/\?deed=/)]);
    const after = await askRaw(port, 'GET', '/deeds', { ...html, cookie: mine });
    const [, main] = after.text.split('<main');
    expect(main).toMatch(/Ada-of-Tests \(token [0-9a-f]{6}\)/);
  });

  test('without a token are open to this machine alone', async () => {
    const service = await start({});
    const port = portOf(service.operator);
    expect((await askRaw(port, 'GET', '/', html)).status).toBe(200);
    for (const path of ['/', '/metrics', '/api/status', '/messages'])
      for (const headers of [
        { host: `evil.example:${port}` },
        { 'x-forwarded-for': '203.0.113.7' },
        { 'sec-fetch-site': 'cross-site' },
      ])
        expect([path, headers, (await askRaw(port, 'GET', path, { ...html, ...headers })).status]).toEqual([
          path,
          headers,
          403,
        ]);
    const csrf = csrfIn(await askRaw(port, 'GET', '/example', html));
    expect((await askRaw(port, 'POST', '/example', { ...html, ...form }, bodyOf({ csrf: 'x' }))).status).toBe(
      403,
    );
    expect((await askRaw(port, 'POST', '/example', { ...html, ...form }, bodyOf({ csrf }))).status).toBe(303);
  });

  test('shut after ten wrong tokens, for the right one too', async () => {
    const service = await start({ OPERATOR_TOKEN: old });
    const port = portOf(service.operator);
    const guess = (token: string): Promise<RawReply> =>
      askRaw(port, 'POST', '/login', { ...form, ...html }, bodyOf({ token }));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => guess(`a-guess-of-number-${n}`)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    const right = await guess(old);
    expect(right.status).toBe(429);
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(800);
    expect(right.text).toContain('Too many wrong tokens');
  });
});

test.each([
  [
    { OPERATOR_HOST: '0.0.0.0' },
    /OPERATOR_TOKEN is missing, and OPERATOR_HOST \(0\.0\.0\.0\) can be reached/,
  ],
  [{ OPERATOR_HOST: '::', OPERATOR_TOKEN: ' , ' }, /OPERATOR_TOKEN is missing/],
  [{ OPERATOR_TOKEN: 'short' }, /OPERATOR_TOKEN has fewer than 16 characters: write a long random text/],
])('%j does not start', async (environment, words) => {
  const { code, stdout, stderr } = await runProcess('main.ts', [], {
    DATABASE_URL: database.url,
    ...environment,
  });
  expect([code, stdout + stderr]).toEqual([2, expect.stringMatching(words)]);
});
