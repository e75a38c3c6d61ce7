// The parts of the operators' door, each by itself: where a login leads, names, addresses, seals, and how secrets are compared.

import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { localPath } from '../../src/operator/access/local-path.ts';
import { cleanName } from '../../src/operator/access/operator-name.ts';
import { RecentMap } from '../../src/operator/access/recent-map.ts';
import { sealSession, Sessions } from '../../src/operator/access/sessions.ts';
import { Tokens } from '../../src/operator/access/tokens.ts';
import { groupOf, Tries } from '../../src/operator/access/tries.ts';
import { createPostingLogger } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const one = 'the-first-token-of-operators';
const two = 'the-second-token-of-operators';
const tokensOf = (...texts: string[]): Tokens => new Tokens(texts.map((text) => new Secret(text)));

describe('where a login leads', () => {
  test.each([
    ['/', '/'],
    ['/messages', '/messages'],
    ['/messages?state=dead&after=a%2Fb', '/messages?state=dead&after=a%2Fb'],
    ['/a/../messages', '/messages'],
    ['/subjects/user_1#top', '/subjects/user_1'],
    ['/messages?next=//evil.example', '/messages?next=//evil.example'],
    ['/münchen', '/m%C3%BCnchen'],
  ])('%s is ours', (text, path) => {
    expect(localPath(text)).toBe(path);
  });

  test.each([
    undefined,
    ['/messages'],
    '',
    'messages',
    'https://evil.example/',
    'https:evil.example',
    'javascript:alert(1)',
    '//evil.example',
    '//evil.example/messages',
    'https://evil.example/messages',
    '///evil.example',
    String.raw`/\evil.example`,
    String.raw`\\evil.example`,
    String.raw`/\/evil.example`,
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/.//evil.example',
    '/..//evil.example',
    String.raw`/.\\evil.example`,
    '/x/..//evil.example',
    '/%2e//evil.example',
    '//user@evil.example',
    '//nowhere.invalid//evil.example',
    '/login',
    '/login?next=/login',
    '/LOGIN/',
    '/logout',
    `/${'x'.repeat(2000)}`,
  ])('%j is not', (text) => {
    expect(localPath(text)).toBe('/');
  });

  test('whatever it answers, a browser stays here', () => {
    const pieces = [
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '\t',
      '\n',
      'evil.example',
      '@',
      ':',
      '?',
      '#',
      ' ',
      'login',
    ];
    for (let seed = 0; seed < pieces.length ** 4; seed += 7) {
      const text = [1, 14, 196, 2744].map((unit) => pieces[Math.floor(seed / unit) % 14]!).join('');
      for (const given of [text, `/${text}`, `//${text}`]) {
        const url = new URL(localPath(given), 'https://mirror.example/login');
        expect([given, url.host]).toEqual([given, 'mirror.example']);
      }
    }
  });
});

describe('names for the audit table', () => {
  test.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  Ada \t\n Lovelace ', 'Ada Lovelace'],
    ['O’Brien-Şahin 李', 'O’Brien-Şahin 李'],
    ['a\u0000b\u001b[31mc\u007f', 'ab[31mc'],
    ['abc\u202edcba\u200b\ufeff', 'abcdcba'],
    ['\ud800x', 'x'],
    ['eve (token ffffff)', 'eve token ffffff'],
    ['API', ''],
    [' loopback ', ''],
    ['operator', ''],
    ['<b>x</b>', '<b>x</b>'],
    ['', ''],
    [undefined, ''],
    [['a', 'b'], ''],
  ])('%j is %j', (given, name) => {
    expect(cleanName(given)).toBe(name);
  });

  test('are cut to 64 letters, and no letter in two', () => {
    expect(cleanName('😀'.repeat(200))).toBe('😀'.repeat(64));
  });
});

describe('addresses', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['unknown', 'unknown'],
    ['x'.repeat(5000), 'unknown'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (address, group) => {
    expect(groupOf(address)).toBe(group);
  });
});

describe('sessions', () => {
  const tokens = tokensOf(one, two);
  const [first] = tokens.all as [Tokens['all'][0]];
  const session = { id: 'an-id', name: 'Ada', until: Date.now() + 60_000 };

  test('one that was seen is over with its time too', () => {
    jest.useFakeTimers();
    const sessions = new Sessions(tokens);
    const seal = sealSession(session, first);
    expect(sessions.open(seal)).toMatchObject({ name: 'Ada' });
    jest.setSystemTime(session.until);
    expect(sessions.open(seal)).toBe('expired');
    jest.useRealTimers();
  });

  test('changed in any letter they are forged', () => {
    const seal = sealSession(session, first);
    const sessions = new Sessions(tokens);
    for (let at = 0; at < seal.length; at++) {
      const letter = seal[at] === 'A' ? 'B' : 'A';
      const changed = `${seal.slice(0, at)}${letter}${seal.slice(at + 1)}`;
      // The last letter of 32 bytes has two bits that say nothing, and is compared as text all the same.
      expect([at, sessions.open(changed)]).toEqual([at, 'forged']);
    }
    expect(sessions.open(seal)).toMatchObject(session);
  });

  test.each([
    ['a text without a key', `${Buffer.from('["a","b",9e15]').toString('base64url')}.${'A'.repeat(43)}`],
    ['very long', `${'A'.repeat(5000)}.${'A'.repeat(43)}`],
  ])('%s is forged', (_what, seal) => {
    expect(new Sessions(tokens).open(seal)).toBe('forged');
  });

  test('keys differ by token and by use, and do not hold the token', () => {
    const keys = tokens.all.flatMap(({ sessionKey, formKey }) =>
      [sessionKey, formKey].map((key) => key.toString('hex')),
    );
    expect(new Set(keys).size).toBe(4);
    expect(sealSession(session, first)).not.toContain(one);
  });
});

describe('tries', () => {
  test('of many addresses are bounded; an address that has proved itself goes on', async () => {
    const lines: string[] = [];
    const tries = new Tries(
      createPostingLogger('info', (line) => lines.push(line)),
      {
        perAddress: 3,
        inAll: 20,
        windowSeconds: 60,
      },
    );
    tries.proved('198.51.100.1');
    let looked = 0;
    for (let stranger = 0; stranger < 500; stranger++) {
      const address = `2001:db8:0:${stranger.toString(16)}::1`;
      if ((await tries.lockedFor(address)) > 0) continue;
      looked++;
      tries.failed(address);
    }
    expect(looked).toBe(20);
    expect(await tries.lockedFor('203.0.113.9')).toBeGreaterThan(0);
    expect(await tries.lockedFor('198.51.100.1')).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines).toHaveLength(21);
  });

  test('a whole /64 is one', async () => {
    const tries = new Tries(
      createPostingLogger('silent', () => undefined),
      {
        perAddress: 2,
        inAll: 100,
        windowSeconds: 60,
      },
    );
    tries.failed('2001:db8::1');
    tries.failed('2001:db8::ffff:2');
    expect(await tries.lockedFor('2001:db8::3')).toBeGreaterThan(0);
    expect(await tries.lockedFor('2001:db8:0:1::3')).toBe(0);
  });
});

test('what is remembered is bounded, and the newest stays', () => {
  const map = new RecentMap<number>(3);
  for (let n = 0; n < 10; n++) map.set(String(n), n);
  map.set('7', 70);
  map.set('10', 10);
  expect(['6', '7', '8', '9', '10'].map((key) => map.get(key))).toEqual([undefined, 70, undefined, 9, 10]);
});

describe('secrets are compared in constant time', () => {
  test('every token by its digest of 32 bytes, found or not, first or last', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import crypto from 'node:crypto';
        import { syncBuiltinESMExports } from 'node:module';
        const real = crypto.timingSafeEqual;
        let lengths = [];
        crypto.timingSafeEqual = (a, b) => { lengths.push(a.length, b.length); return real(a, b); };
        syncBuiltinESMExports();
        const { Tokens } = await import('./src/operator/access/tokens.ts');
        const { sealSession, Sessions } = await import('./src/operator/access/sessions.ts');
        const { Secret } = await import('./src/platform/secret.ts');
        const tokens = new Tokens(['${one}', '${two}', 'a-third-token-of-them'].map((text) => new Secret(text)));
        const counted = (work) => { lengths = []; work(); return lengths; };
        const looks = ['${one}', 'a-third-token-of-them', 'none', ''].map((text) => counted(() => tokens.match(text)));
        const session = { id: 'x', name: '', until: Date.now() + 1000 };
        for (const token of tokens.all) looks.push(counted(() => new Sessions(tokens).open(sealSession(session, token))));
        looks.push(counted(() => new Sessions(tokens).open('e30.' + 'A'.repeat(43))));
        console.log(JSON.stringify(looks));`,
      ],
      { cwd: root },
    );
    const looks = JSON.parse(stdout) as number[][];
    expect(looks).toHaveLength(8);
    for (const lengths of looks) expect(lengths).toEqual([32, 32, 32, 32, 32, 32]);
  });

  test('in one place', () => {
    const folder = new URL('../../src/operator/access/', import.meta.url);
    const users = readdirSync(folder).filter((name) =>
      /timingSafeEqual\(|createHmac\(/.test(readFileSync(new URL(name, folder), 'utf8')),
    );
    expect(users).toEqual(['digest.ts']);
  });
});
