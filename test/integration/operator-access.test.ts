// Who gets in at the private listener: every door with every credential, sessions, forms, other sites, tries.

import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { sealSession } from '../../src/operator/access/sessions.ts';
import { Tokens } from '../../src/operator/access/tokens.ts';
import { Secret } from '../../src/platform/secret.ts';
import type { RawReply } from '../support/ask-raw.ts';
import {
  bearer,
  cookieOf,
  form,
  html,
  logIn,
  openDoors,
  type Doors,
  type DoorOptions,
} from '../support/operator-doors.ts';

const token = 'the-first-token-of-operators';
const other = 'the-second-token-of-operators';
const fingerprint = /^[^()]+ \(token [0-9a-f]{6}\)$/;

const opened: Doors[] = [];
async function open(tokens: readonly string[] = [token], options: DoorOptions = {}): Promise<Doors> {
  const doors = await openDoors(tokens, options);
  opened.push(doors);
  return doors;
}
afterEach(() => {
  for (const { logged } of opened)
    for (const secret of [token, other]) expect(logged.join('\n')).not.toContain(secret);
});
afterAll(async () => {
  await Promise.all(opened.map((doors) => doors.close()));
});

const bodyOf = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const json = ({ text }: RawReply): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const told = ({ status, headers }: RawReply): unknown[] =>
  headers.location === undefined ? [status] : [status, headers.location];

describe('every door', () => {
  type Credentials = 'none' | 'bearer' | 'wrong bearer' | 'session' | 'forged session' | 'basic';
  // Reading as a browser, as a program; doing with a form's own token and without.
  const rows: readonly (readonly [string, string, Credentials, number, string?])[] = [
    ['GET', '/page', 'none', 303, '/login?next=%2Fpage'],
    ['HEAD', '/page', 'none', 303, '/login?next=%2Fpage'],
    ['GET', '/page?a=1&b=/x', 'none', 303, '/login?next=%2Fpage%3Fa%3D1%26b%3D%2Fx'],
    ['GET', '/nothing', 'none', 303, '/login?next=%2Fnothing'],
    ['GET', '/%E0%A4%A', 'none', 303, '/login?next=%2F%25E0%25A4%25A'],
    ['POST', '/page', 'none', 303, '/login?next=%2Fpage'],
    ['PUT', '/page', 'none', 401],
    ['OPTIONS', '/page', 'none', 401],
    ['TRACE', '/page', 'none', 401],
    ['GET', '/api/status', 'none', 401],
    ['GET', '/API/status', 'none', 401],
    ['GET', '/api', 'none', 401],
    ['GET', '/metrics', 'none', 401],
    ['GET', '/Metrics/', 'none', 401],
    ['POST', '/api/deed', 'none', 401],
    ['POST', '/logout', 'none', 303, '/login?next=%2Flogout'],
    ['GET', '/login', 'none', 200],
    ['HEAD', '/login', 'none', 200],
    ['PUT', '/login', 'none', 405],

    ['GET', '/page', 'bearer', 200],
    ['GET', '/nothing', 'bearer', 404],
    ['POST', '/page', 'bearer', 200],
    ['GET', '/api/status', 'bearer', 200],
    ['GET', '/metrics', 'bearer', 200],
    ['POST', '/api/deed', 'bearer', 200],

    ['GET', '/page', 'wrong bearer', 303, '/login?next=%2Fpage'],
    ['GET', '/api/status', 'wrong bearer', 401],
    ['GET', '/metrics', 'wrong bearer', 401],
    ['POST', '/api/deed', 'wrong bearer', 401],

    ['GET', '/page', 'session', 200],
    ['GET', '/nothing', 'session', 404],
    ['GET', '/fault', 'session', 500],
    ['POST', '/page', 'session', 403],
    ['PUT', '/page', 'session', 403],
    ['DELETE', '/nothing', 'session', 403],
    ['POST', '/logout', 'session', 403],
    ['GET', '/login', 'session', 303, '/'],
    ['GET', '/login?next=/page', 'session', 303, '/page'],
    ['GET', '/login?next=//evil.example', 'session', 303, '/'],
    // A session is for pages.
    ['GET', '/api/status', 'session', 401],
    ['GET', '/metrics', 'session', 401],
    ['POST', '/api/deed', 'session', 401],
    ['POST', '/API/deed', 'session', 401],

    ['GET', '/page', 'forged session', 303, '/login?next=%2Fpage'],
    ['GET', '/api/status', 'forged session', 401],
    ['GET', '/login', 'forged session', 200],

    ['GET', '/page', 'basic', 303, '/login?next=%2Fpage'],
    ['GET', '/api/status', 'basic', 401],
  ];

  // Not test.each: it would read the % signs of the paths as places to fill in.
  for (const [method, path, credentials, status, location] of rows)
    test(`${method} ${path} with ${credentials}: ${status} ${location ?? ''}`, async () => {
      const doors = await open();
      const headers: Readonly<Record<Credentials, () => Promise<Record<string, string>>>> = {
        none: () => Promise.resolve({}),
        bearer: () => Promise.resolve(bearer(token)),
        'wrong bearer': () => Promise.resolve(bearer(other)),
        session: async () => ({ cookie: (await logIn(doors, token)).cookie }),
        'forged session': async () => ({ cookie: `${(await logIn(doors, token)).cookie}x` }),
        basic: () => Promise.resolve({ authorization: `Basic ${btoa(`operator:${token}`)}` }),
      };
      const answer = await doors.ask(method, path, { ...html, ...(await headers[credentials]()) });
      expect(told(answer)).toEqual(location === undefined ? [status] : [status, location]);
      if (status >= 400) expect(doors.done).toEqual([]);
      if (status === 401 && method !== 'HEAD') {
        expect(answer.headers['www-authenticate']).toBe('Bearer');
        if (/^\/(api|metrics)/i.test(path))
          expect(json(answer)).toEqual({
            success: false,
            message: 'Send OPERATOR_TOKEN as "Authorization: Bearer …"',
          });
      }
      expectHardened(answer);
      expect(answer.text).not.toContain(token);
    });

  test('programs are told 401 where browsers are led to the login', async () => {
    const { ask } = await open();
    for (const accept of ['*/*', 'application/json', 'text/event-stream', 'text/plain'])
      expect(told(await ask('GET', '/page', { accept }))).toEqual([401]);
    expect(told(await ask('GET', '/page'))).toEqual([401]);
  });

  test.each([
    token,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}x`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${token} ${token}`,
    `Bearer ${token},${other}`,
    `Bearer "${token}"`,
    `Bearer${token}`,
    'Bearer',
    'Bearer ',
    `Token ${token}`,
    `Bearer ${'x'.repeat(8000)}`,
  ])('%s is no credential', async (authorization) => {
    const { ask } = await open();
    expect(told(await ask('GET', '/api/status', { authorization }))).toEqual([401]);
  });

  test('a scheme is spelt in any letters', async () => {
    const { ask } = await open();
    expect(told(await ask('GET', '/api/status', { authorization: `bearer ${token}` }))).toEqual([200]);
  });

  test('who it is, is told by name and by the token’s fingerprint', async () => {
    const doors = await open([token, other]);
    const who = async (headers: Record<string, string>): Promise<string> =>
      json(await doors.ask('GET', '/page', headers)).who as string;
    const seen = [
      await who(bearer(token)),
      await who(bearer(other)),
      await who({ cookie: (await logIn(doors, token, ' Ada \u202e(token 000000)\n')).cookie }),
      await who({ cookie: (await logIn(doors, other)).cookie }),
    ];
    for (const each of seen) expect(each).toMatch(fingerprint);
    expect(seen.map((each) => each.replace(/ \(token .*/, ''))).toEqual([
      'api',
      'api',
      'Ada token 000000',
      'operator',
    ]);
    expect(new Set(seen.map((each) => each.slice(-7))).size).toBe(2);
    expect(doors.logged.join()).not.toContain('Ada');
  });
});

/** Helmet's and our own: no answer without them. */
function expectHardened({ headers }: RawReply): void {
  const policy = headers['content-security-policy'] as string;
  expect(policy.split(';').map((each) => each.trim())).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]);
  expect(headers).toMatchObject({
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  expect(headers['x-powered-by']).toBeUndefined();
  expect(headers['access-control-allow-origin']).toBeUndefined();
}

describe('logging in', () => {
  test('sets one cookie that scripts, other sites and other paths do not get', async () => {
    const { ask, port, logged } = await open();
    const answer = await ask('POST', '/login', { ...form, ...html }, bodyOf({ token, next: '/page?x=1' }));
    expect(told(answer)).toEqual([303, '/page?x=1']);
    const [cookie = '', ...more] = answer.headers['set-cookie'] ?? [];
    expect(more).toEqual([]);
    expect(cookie).toMatch(new RegExp(`^clerk_mirror_${port}=[\\w.-]+; `));
    const attributes = cookie
      .split('; ')
      .slice(1)
      .filter((each) => !each.startsWith('Expires='));
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
    expect(cookie).not.toContain(token);
    expect(logged.join()).toMatch(/an operator logged in/);
  });

  test('over https the cookie is Secure, and others cannot set it; HSTS is sent there alone', async () => {
    const { ask } = await open([token], { trustProxy: 1 });
    const https = { ...form, ...html, 'x-forwarded-proto': 'https', host: 'mirror.example' };
    const answer = await ask('POST', '/login', https, bodyOf({ token }));
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-clerk_mirror=.*; Secure/);
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d{7,}$/);
    expect(told(await ask('GET', '/page', { ...https, cookie: cookieOf(answer) }))).toEqual([200]);
    const plain = await ask('GET', '/login', html);
    expect(plain.headers['strict-transport-security']).toBeUndefined();
  });

  test('without TRUST_PROXY nobody’s word for https or for an address is taken', async () => {
    const { ask } = await open();
    const headers = { ...form, ...html, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'other:99' };
    const answer = await ask('POST', '/login', headers, bodyOf({ token }));
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^clerk_mirror_(?!99)\d+=/);
    expect(answer.headers['set-cookie']?.[0]).not.toContain('Secure');
  });

  test('a wrong token is told so, and what was typed is shown nowhere', async () => {
    const { ask, logged } = await open();
    const typed = '"><script>alert(1)</script>';
    const answer = await ask(
      'POST',
      '/login',
      { ...form, ...html },
      bodyOf({ token: typed, name: typed, next: typed }),
    );
    expect([answer.status, answer.headers['www-authenticate'], answer.headers['set-cookie']]).toEqual([
      401,
      'Bearer',
      undefined,
    ]);
    expect(answer.text).toContain('This is not the token.');
    expect(answer.text + logged.join()).not.toContain('alert(1)');
    expectHardened(answer);
  });

  test.each([
    ['an empty body', form, '', 401],
    ['no token', form, 'name=x', 401],
    ['an empty token', form, 'token=', 401],
    ['two tokens, one of them right', form, `token=${token}&token=x`, 401],
    ['JSON', { 'content-type': 'application/json' }, JSON.stringify({ token }), 401],
    ['no type', {}, `token=${token}`, 401],
    ['more than 16 kB', form, `token=${token}&name=${'x'.repeat(17_000)}`, 413],
    ['more fields than any form', form, `token=${token}&${'a=1&'.repeat(300)}`, 413],
    ['a compressed body', { ...form, 'content-encoding': 'gzip' }, `token=${token}`, 415],
    [
      'a charset that nobody knows',
      { 'content-type': `${form['content-type']}; charset=x-none` },
      `token=${token}`,
      415,
    ],
  ])('%s is refused', async (_what, headers, body, status) => {
    const answer = await (await open()).ask('POST', '/login', { ...html, ...headers }, body);
    expect([answer.status, answer.headers['set-cookie']]).toEqual([status, undefined]);
    expect(answer.headers['content-type']).toMatch(/^text\/html/);
    expectHardened(answer);
  });

  test('spaces around a pasted token are passed over', async () => {
    const { ask } = await open();
    expect(told(await ask('POST', '/login', { ...form, ...html }, bodyOf({ token: ` ${token}\n` })))).toEqual(
      [303, '/'],
    );
  });

  test.each(['//evil.example', 'https://evil.example', '/logout'])(
    'leads to no other place: %j',
    async (next) => {
      const { ask } = await open();
      expect(told(await ask('POST', '/login', { ...form, ...html }, bodyOf({ token, next })))).toEqual([
        303,
        '/',
      ]);
      const page = await ask('GET', `/login?next=${encodeURIComponent(next)}`, html);
      expect(page.text).toContain('name="next" value="/"');
    },
  );

  test('a link from elsewhere, which brings no cookie along, can be gone on with', async () => {
    const { ask } = await open();
    const followed = {
      ...html,
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const { headers } = await ask('GET', '/page?x="><b>', followed);
    const page = await ask('GET', headers.location!, followed);
    expect(page.text).toContain('<a href="/page?x=%22%3E%3Cb%3E">Go on</a>');
    expect((await ask('GET', headers.location!, html)).text).not.toContain('Go on');
  });
});

describe('sessions', () => {
  const sealFor = (text: string, session: { name?: string; until?: number } = {}): string =>
    sealSession(
      { id: 'made-by-a-test', name: '', until: Date.now() + 60_000, ...session },
      new Tokens([new Secret(text)]).all[0]!,
    );

  test('a cookie is good in every process with the token, not expired, and by its name', async () => {
    const { ask, port } = await open([other, token]);
    const with_ = (value: string, name = `clerk_mirror_${port}`) =>
      ask('GET', '/page', { ...html, cookie: `a=b; ${name}=${value}; c` });
    expect(told(await with_(sealFor(token)))).toEqual([200]);
    expect(told(await with_(sealFor(token), 'clerk_mirror'))).toEqual([303, '/login?next=%2Fpage']);
    const refused = [
      sealFor('a-token-that-is-not-here'),
      sealFor(token, { until: Date.now() - 1 }),
      sealFor(token).slice(0, -1),
      `${sealFor(token)}A`,
      sealFor(token).split('.')[0]!,
      `.${sealFor(token).split('.')[1]!}`,
      `${Buffer.from(JSON.stringify(['x', 'eve', 9e15])).toString('base64url')}.${sealFor(token).split('.')[1]!}`,
      '',
      '%00',
      token,
    ];
    for (const value of refused) {
      const answer = await with_(value);
      expect([value, ...told(answer)]).toEqual([value, 303, '/login?next=%2Fpage']);
      // The browser forgets it, so that it is no try again and again.
      expect(answer.headers['set-cookie']?.[0]).toMatch(
        new RegExp(`^clerk_mirror_${port}=; Path=/; Expires=Thu, 01 Jan 1970`),
      );
    }
  });

  test('end when their token is taken out, and no others', async () => {
    const before = await open([token, other]);
    const [mine, theirs] = [await logIn(before, token), await logIn(before, other)];
    const after = await open([other]);
    const renamed = ({ cookie }: { cookie: string }): string =>
      cookie.replace(`_${before.port}=`, `_${after.port}=`);
    expect(told(await before.ask('GET', '/page', { ...html, ...mine }))).toEqual([200]);
    expect(told(await after.ask('GET', '/page', { ...html, cookie: renamed(mine) }))).toEqual([
      303,
      '/login?next=%2Fpage',
    ]);
    expect(told(await after.ask('GET', '/page', { ...html, cookie: renamed(theirs) }))).toEqual([200]);
    expect(told(await after.ask('GET', '/api/status', bearer(token)))).toEqual([401]);
    // The form that was drawn by the one replica is taken by the other.
    const posted = await after.ask(
      'POST',
      '/page',
      { ...form, cookie: renamed(theirs) },
      bodyOf({ csrf: theirs.csrf }),
    );
    expect(told(posted)).toEqual([200]);
  });

  test('end here when logged out, a copy of the cookie too', async () => {
    const doors = await open();
    const { cookie, csrf } = await logIn(doors, token);
    const another = await logIn(doors, token);
    const answer = await doors.ask('POST', '/logout', { ...form, ...html, cookie }, bodyOf({ csrf }));
    expect(told(answer)).toEqual([303, '/login']);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect(told(await doors.ask('GET', '/page', { ...html, cookie }))).toEqual([303, '/login?next=%2Fpage']);
    expect(told(await doors.ask('GET', '/page', { ...html, cookie: another.cookie }))).toEqual([200]);
  });
});

describe('forms', () => {
  test('are taken with the token of their very session, once, in the body', async () => {
    const doors = await open([token, other]);
    const mine = await logIn(doors, token);
    const again = await logIn(doors, token);
    const theirs = await logIn(doors, other);
    expect(new Set([mine.csrf, again.csrf, theirs.csrf]).size).toBe(3);
    const post = (body: string, headers: Record<string, string> = form, path = '/page') =>
      doors.ask('POST', path, { ...html, cookie: mine.cookie, ...headers }, body);
    const good = bodyOf({ csrf: mine.csrf, a: '1' });
    const refused: readonly Promise<RawReply>[] = [
      post(''),
      post('csrf='),
      post(bodyOf({ csrf: again.csrf })),
      post(bodyOf({ csrf: theirs.csrf })),
      post(bodyOf({ csrf: mine.csrf.slice(1) })),
      post(bodyOf({ csrf: `${mine.csrf} ` })),
      post(`${good}&${good}`),
      post(bodyOf({ 'csrf[]': mine.csrf })),
      post('', form, `/page?csrf=${mine.csrf}`),
      post('', { ...form, 'x-csrf-token': mine.csrf }),
      post(JSON.stringify({ csrf: mine.csrf }), { 'content-type': 'application/json' }),
      post(good, { 'content-type': 'text/plain' }),
    ];
    for (const answer of await Promise.all(refused)) {
      expect(told(answer)).toEqual([403]);
      expect(answer.text).toContain('this form was not made for this session');
    }
    expect(doors.done).toEqual([]);
    const taken = await post(good);
    expect(json(taken)).toEqual({ done: true, form: { csrf: mine.csrf, a: '1' } });
    expect(doors.done).toHaveLength(1);
  });

  test('a broken one is refused in kind words', async () => {
    const doors = await open();
    const { cookie, csrf } = await logIn(doors, token);
    const large = await doors.ask(
      'POST',
      '/page',
      { ...form, ...html, cookie },
      bodyOf({ csrf, a: 'x'.repeat(20_000) }),
    );
    expect(told(large)).toEqual([413]);
    expect(large.text).toContain('The form is too large');
    expectHardened(large);
    expect(doors.done).toEqual([]);
  });

  test('without a token set they are guarded all the same', async () => {
    const doors = await open([]);
    const before = await open([]);
    const { who, csrf, by } = json(await doors.ask('GET', '/page')) as Record<string, string>;
    expect([who, by]).toEqual(['loopback', 'nobody']);
    const post = (body: string, headers = {}) => doors.ask('POST', '/page', { ...form, ...headers }, body);
    const elsewhere = json(await before.ask('GET', '/page')).csrf as string;
    for (const body of ['', bodyOf({ csrf: elsewhere })]) expect(told(await post(body))).toEqual([403]);
    expect(doors.done).toEqual([]);
    expect(told(await post(bodyOf({ csrf: csrf! })))).toEqual([200]);
    // What programs do has no form.
    expect(told(await doors.ask('POST', '/api/deed'))).toEqual([200]);
  });
});
