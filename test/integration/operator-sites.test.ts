// Whom the private listener takes a request from: pages of other sites, names turned to this machine, proxies; and how often it may be wrong.

import { afterAll, describe, expect, test } from '@jest/globals';
import { sealSession } from '../../src/operator/access/sessions.ts';
import { Tokens } from '../../src/operator/access/tokens.ts';
import { Secret } from '../../src/platform/secret.ts';
import type { RawReply } from '../support/ask-raw.ts';
import { exchange } from '../support/raw-http.ts';
import {
  bearer,
  form,
  html,
  logIn,
  openDoors,
  type Doors,
  type DoorOptions,
} from '../support/operator-doors.ts';

const token = 'the-first-token-of-operators';
const opened: Doors[] = [];
async function open(tokens: readonly string[] = [token], options: DoorOptions = {}): Promise<Doors> {
  const doors = await openDoors(tokens, options);
  opened.push(doors);
  return doors;
}
afterAll(async () => {
  await Promise.all(opened.map((doors) => doors.close()));
});

type Headers = Record<string, string>;
const bodyOf = (fields: Headers): string => new URLSearchParams(fields).toString();
const link: Headers = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/** What a page of another site can make a browser send. */
const foreign: readonly (readonly [string, Headers])[] = [
  [
    'a fetch',
    {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      origin: 'https://evil.example',
    },
  ],
  ['an image', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ['a script', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
  ['a frame', { ...link, 'sec-fetch-dest': 'iframe' }],
  ['an object', { ...link, 'sec-fetch-dest': 'object' }],
  ['an old browser', { origin: 'https://evil.example' }],
  ['a sandbox', { origin: 'null' }],
  ['an extension’s page', { origin: 'chrome-extension://abcdef' }],
  ['what is no origin', { origin: 'x' }],
];

describe('pages of other sites', () => {
  test.each(foreign)(
    '%s of theirs reads nothing and does nothing, whoever is logged in',
    async (_what, headers) => {
      const doors = await open();
      const { cookie, csrf } = await logIn(doors, token);
      const programs = ['/api/status', '/metrics'].map((path) =>
        doors.ask('GET', path, { ...headers, ...bearer(token) }),
      );
      const pages = ['GET', 'HEAD'].map((method) => doors.ask(method, '/page', { ...headers, cookie }));
      const deed = doors.ask('POST', '/page', { ...headers, ...form, cookie }, bodyOf({ csrf }));
      const login = doors.ask('POST', '/login', { ...headers, ...form }, bodyOf({ token }));
      for (const answer of await Promise.all([...programs, ...pages, deed, login])) {
        expect(answer.status).toBe(403);
        expect(answer.headers['set-cookie']).toBeUndefined();
      }
      expect(doors.done).toEqual([]);
    },
  );

  test.each(foreign)('%s of theirs reads nothing where no token is set', async (_what, headers) => {
    const { ask, done } = await open([]);
    for (const path of ['/page', '/api/status', '/metrics', '/nothing'])
      expect((await ask('GET', path, headers)).status).toBe(403);
    for (const path of ['/page', '/api/deed']) expect((await ask('POST', path, headers)).status).toBe(403);
    expect(done).toEqual([]);
  });

  test('a link of theirs shows the page to who follows it, and does nothing', async () => {
    const doors = await open();
    const { cookie, csrf } = await logIn(doors, token);
    expect((await doors.ask('GET', '/page', { ...link, cookie })).status).toBe(200);
    expect((await doors.ask('POST', '/page', { ...link, ...form, cookie }, bodyOf({ csrf }))).status).toBe(
      403,
    );
    expect(doors.done).toEqual([]);
  });

  test('our own are told by the browser’s word, or where it gives none by our name', async () => {
    const doors = await open();
    const { cookie, csrf } = await logIn(doors, token);
    const own: readonly Headers[] = [
      { 'sec-fetch-site': 'same-origin', origin: `http://127.0.0.1:${doors.port}` },
      // A proxy that puts its own name for us into Host.
      { 'sec-fetch-site': 'same-origin', origin: 'https://mirror.example' },
      { 'sec-fetch-site': 'none' },
      { origin: `http://127.0.0.1:${doors.port}` },
      {},
    ];
    for (const headers of own)
      expect(
        (await doors.ask('POST', '/page', { ...headers, ...form, cookie }, bodyOf({ csrf }))).status,
      ).toBe(200);
    expect(doors.done).toHaveLength(own.length);
  });

  test('behind a proxy that is trusted our name is the one it was asked by', async () => {
    const headers = { ...form, origin: 'https://mirror.example', 'x-forwarded-host': 'mirror.example' };
    const trusted = await open([token], { trustProxy: 1 });
    expect((await trusted.ask('POST', '/login', headers, bodyOf({ token }))).status).toBe(303);
    const untrusted = await open();
    expect((await untrusted.ask('POST', '/login', headers, bodyOf({ token }))).status).toBe(403);
  });

  test('people are told what to do', async () => {
    const { ask } = await open();
    const answer = await ask(
      'POST',
      '/login',
      { ...form, ...html, origin: 'https://evil.example' },
      bodyOf({ token }),
    );
    expect(answer.text).toContain('let it hand on the Host header');
  });
});

describe('without a token', () => {
  const turned = (port: number): readonly (readonly [string, Headers])[] => [
    ['a name', { host: `evil.example:${port}` }],
    ['a name without a port', { host: 'evil.example' }],
    ['a name that begins as ours', { host: `localhost.evil.example:${port}` }],
    ['a name that ends as ours', { host: `evil-localhost:${port}` }],
    ['a name like an address', { host: `127.0.0.1.evil.example:${port}` }],
    ['every address', { host: `0.0.0.0:${port}` }],
    ['an address of the network', { host: `192.168.1.2:${port}` }],
    ['a name before an @', { host: `localhost@evil.example:${port}` }],
    ['a name that says it was handed on', { host: `evil.example:${port}`, 'x-forwarded-host': 'localhost' }],
    ['a name whose origin is ours', { host: `evil.example:${port}`, origin: `http://evil.example:${port}` }],
    ['a name of the same origin', { host: `evil.example:${port}`, 'sec-fetch-site': 'same-origin' }],
    ['no name that can be read', { host: '[' }],
  ];

  test('a name that was turned to this machine reads nothing', async () => {
    for (const options of [{}, { trustProxy: true }]) {
      const { ask, port } = await open([], options);
      for (const [what, headers] of turned(port))
        for (const path of ['/', '/page', '/api/status', '/metrics', '/login', '/nothing'])
          for (const method of ['GET', 'HEAD'])
            expect([what, path, (await ask(method, path, headers)).status]).toEqual([what, path, 403]);
    }
  });

  test('nor does anything: browsers name the origin of what they post', async () => {
    const { ask, port, done } = await open([]);
    const { csrf } = JSON.parse((await ask('GET', '/page')).text) as { csrf: string };
    for (const path of ['/page', '/api/deed']) {
      const headers = { ...form, host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
      expect((await ask('POST', path, headers, bodyOf({ csrf }))).status).toBe(403);
    }
    expect(done).toEqual([]);
  });

  test.each(['127.0.0.1', 'localhost', '127.3.2.1', '[::1]', 'LOCALHOST'])(
    '%s is this machine',
    async (name) => {
      const { ask, port } = await open([]);
      for (const host of [name, `${name}:${port}`])
        for (const path of ['/page', '/api/status', '/metrics'])
          expect((await ask('GET', path, { ...html, host, 'sec-fetch-site': 'same-origin' })).status).toBe(
            200,
          );
    },
  );

  test('a program needs no Host, and may do things by any name', async () => {
    const { port, ask } = await open([]);
    const { answers } = await exchange(port, 'GET /api/status HTTP/1.0\r\n\r\n');
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect((await ask('POST', '/api/deed', { host: 'clerk-mirror.internal:3001' })).status).toBe(200);
  });

  test.each<Headers>([
    { 'x-forwarded-for': '203.0.113.7' },
    { 'x-forwarded-for': '127.0.0.1' },
    { forwarded: 'for=203.0.113.7' },
  ])('what a proxy hands on is not from this machine: %j', async (headers) => {
    for (const options of [{}, { trustProxy: true }]) {
      const { ask, done } = await open([], options);
      const answers = [
        await ask('GET', '/page', { ...html, ...headers }),
        await ask('POST', '/api/deed', headers),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403]);
      expect(answers[0]!.text).toContain('Set OPERATOR_TOKEN');
      expect(done).toEqual([]);
    }
  });

  test('nobody logs in or out', async () => {
    const { ask } = await open([]);
    const { status, headers } = await ask('GET', '/login?next=/page', html);
    expect([status, headers.location]).toEqual([303, '/page']);
    expect((await ask('GET', '/login?next=//evil.example', html)).headers.location).toBe('/');
    expect((await ask('POST', '/login', form, bodyOf({ token }))).status).toBe(403);
  });
});

describe('tries', () => {
  const tryLimits = { perAddress: 5, inAll: 12, windowSeconds: 2 };
  const from = (address: string): Headers => ({ 'x-forwarded-for': address });
  const guess = ({ ask }: Doors, address: string, text: string): Promise<RawReply> =>
    ask('POST', '/login', { ...form, ...html, ...from(address) }, bodyOf({ token: text }));

  test('beyond the limit even the right token is refused, from there alone, and for a while', async () => {
    const doors = await open([token], { trustProxy: 1, tryLimits });
    const { ask, logged } = doors;
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++)
      statuses.push((await guess(doors, '203.0.113.7', `guess-${n}-planted`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const right = await guess(doors, '203.0.113.7', token);
    expect([right.status, right.headers['set-cookie']]).toEqual([429, undefined]);
    expect(Number(right.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(right.headers['retry-after'])).toBeLessThanOrEqual(2);
    expect(right.text).toContain('the right token is refused from here as well');
    const api = await ask('GET', '/api/status', { ...from('203.0.113.7'), ...bearer(token) });
    expect([api.status, JSON.parse(api.text)]).toEqual([
      429,
      { success: false, message: 'Too many wrong tokens: try again later' },
    ]);
    // Who shows nothing is asked for it as always.
    expect((await ask('GET', '/login', { ...html, ...from('203.0.113.7') })).status).toBe(200);
    expect((await ask('GET', '/api/status', from('203.0.113.7'))).status).toBe(401);
    expect((await guess(doors, '203.0.113.8', token)).status).toBe(303);
    // The first and the last that was looked at; whose address it is, the proxy's log has.
    expect(logged.filter((line) => line.includes('wrong tokens'))).toHaveLength(2);
    expect(logged.join()).not.toContain('203.0.113');
    expect(logged.join()).not.toContain('planted');
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect((await guess(doors, '203.0.113.7', token)).status).toBe(303);
  });

  test('a hundred at once are no more than one after another', async () => {
    const doors = await open([token], { tryLimits: { ...tryLimits, windowSeconds: 60, inAll: 1000 } });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        doors.ask('POST', '/login', { ...form, ...html }, bodyOf({ token: `guess-${n}` })),
      ),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(95);
  });

  test.each<[string, (n: number, port: number) => Headers]>([
    ['bearer tokens', (n) => bearer(`guess-number-${n}-of-many`)],
    [
      'cookies, each signed with a guess',
      (n, port) => {
        const guessed = new Tokens([new Secret(`guess-number-${n}-of-many`)]).all[0]!;
        return { cookie: `clerk_mirror_${port}=${sealSession({ id: 'x', name: '', until: 9e15 }, guessed)}` };
      },
    ],
  ])('%s are tries as well', async (_what, headersFor) => {
    const doors = await open([token], { tryLimits });
    const ask = (headers: Headers): Promise<RawReply> => doors.ask('GET', '/page', headers);
    for (let n = 0; n < 5; n++) expect((await ask(headersFor(n, doors.port))).status).toBe(401);
    expect((await ask(headersFor(5, doors.port))).status).toBe(429);
    expect((await ask(bearer(token))).status).toBe(429);
    const right = sealSession({ id: 'x', name: '', until: 9e15 }, new Tokens([new Secret(token)]).all[0]!);
    expect((await ask({ cookie: `clerk_mirror_${doors.port}=${right}` })).status).toBe(429);
  });

  test('who is logged in already goes on, though somebody beside them is locked out', async () => {
    const doors = await open([token], { tryLimits });
    const { cookie, csrf } = await logIn(doors, token);
    for (let n = 0; n < 6; n++) await doors.ask('GET', '/page', bearer(`guess-number-${n}-of-many`));
    expect((await doors.ask('GET', '/page', bearer(token))).status).toBe(429);
    expect((await doors.ask('GET', '/page', { cookie })).status).toBe(200);
    expect((await doors.ask('POST', '/page', { ...form, cookie }, bodyOf({ csrf }))).status).toBe(200);
    expect((await doors.ask('GET', '/page', { cookie: `${cookie.slice(0, -2)}AA` })).status).toBe(429);
  });

  test('of many addresses are counted together; those that have shown a token before go on', async () => {
    const doors = await open([token], { trustProxy: 1, tryLimits: { ...tryLimits, windowSeconds: 60 } });
    expect((await guess(doors, '198.51.100.1', token)).status).toBe(303);
    const statuses: number[] = [];
    for (let n = 0; n < 20; n++)
      statuses.push((await guess(doors, `2001:db8:0:${n}::1`, `guess-${n}`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(12);
    expect((await guess(doors, '203.0.113.9', token)).status).toBe(429);
    expect((await guess(doors, '198.51.100.1', token)).status).toBe(303);
    const answer = await doors.ask('GET', '/metrics', { ...from('198.51.100.1'), ...bearer(token) });
    expect(answer.status).toBe(200);
  });

  test('X-Forwarded-For is nobody’s other address where no proxy is trusted', async () => {
    const doors = await open([token], { tryLimits });
    const statuses: number[] = [];
    for (let n = 0; n < 7; n++) statuses.push((await guess(doors, `203.0.113.${n}`, `guess-${n}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('right ones are no tries, nor are empty fields, other schemes, and asking without any', async () => {
    const doors = await open([token], { tryLimits });
    for (let n = 0; n < 20; n++) {
      expect((await doors.ask('GET', '/metrics', bearer(token))).status).toBe(200);
      expect((await doors.ask('POST', '/login', { ...form, ...html }, 'token=')).status).toBe(401);
      expect((await doors.ask('GET', '/metrics')).status).toBe(401);
      expect((await doors.ask('GET', '/metrics', { authorization: 'Basic eDp5' })).status).toBe(401);
    }
    expect((await doors.ask('GET', '/metrics', bearer(token))).status).toBe(200);
  });

  test('a session that ran out is no try', async () => {
    const doors = await open([token], { tryLimits });
    const old = sealSession(
      { id: 'x', name: '', until: Date.now() - 1 },
      new Tokens([new Secret(token)]).all[0]!,
    );
    for (let n = 0; n < 20; n++)
      expect(
        (await doors.ask('GET', '/page', { ...html, cookie: `clerk_mirror_${doors.port}=${old}` })).status,
      ).toBe(303);
    expect((await doors.ask('GET', '/metrics', bearer(token))).status).toBe(200);
  });
});
