// The settings: defaults, every problem told at once in words that mend it, and no secret in any print.

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { isLoopback, loadConfig } from '../../src/platform/config.ts';
import { MirrorError } from '../../src/platform/errors.ts';
import { Secret } from '../../src/platform/secret.ts';
import { settings } from '../../src/platform/settings.ts';
import type { Environment } from '../../src/platform/setting-reader.ts';

const key = (bytes: number, fill = 7): string => `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;
const secret = key(32);
const databaseUrl = 'postgres://app:hunter2-password@db.example:5432/app';

/** The problems, one line each, or [] when the settings are right. */
function problemsOf(environment: Environment): string[] {
  const error = failureOf(environment);
  return error === undefined ? [] : error.message.split('\n').slice(1);
}

function failureOf(environment: Environment): MirrorError | undefined {
  try {
    loadConfig(environment);
    return undefined;
  } catch (error) {
    if (error instanceof MirrorError) return error;
    throw error;
  }
}

describe('defaults', () => {
  test('are those of the contract', () => {
    expect(loadConfig({})).toEqual({
      production: false,
      webhookSecrets: [],
      databaseUrl: undefined,
      databaseSchema: 'clerk',
      databasePoolMax: 10,
      port: 3000,
      host: '0.0.0.0',
      operatorPort: 3001,
      operatorHost: '127.0.0.1',
      operatorTokens: [],
      clerkSecretKey: undefined,
      clerkApiUrl: 'https://api.clerk.com',
      clerkInstanceId: undefined,
      reconcileCron: 'off',
      backfillOnStart: true,
      bodyLimitBytes: 1024 * 1024,
      inboxBodyDays: 30,
      inboxIdDays: 90,
      eraseDeletedAfterDays: 30,
      mirrorPrivateMetadata: true,
      handlers: undefined,
      logLevel: 'info',
      trustProxy: undefined,
      shutdownGraceSeconds: 20,
      otelEndpoint: undefined,
    });
  });

  test('drift is looked for daily as soon as there is a key, unless told otherwise', () => {
    expect(loadConfig({ CLERK_SECRET_KEY: 'sk_test_x' }).reconcileCron).toMatch(/^\d+ \d+ \* \* \*$/);
    expect(loadConfig({ CLERK_SECRET_KEY: 'sk_test_x', RECONCILE_CRON: 'off' }).reconcileCron).toBe('off');
  });

  test('an empty value, or one of spaces, counts as unset', () => {
    for (const blank of ['', '  ', '\t\n'])
      expect(loadConfig(Object.fromEntries(settings.map(({ name }) => [name, blank])))).toEqual(
        loadConfig({}),
      );
  });
});

describe('values', () => {
  test('are read as what they mean', () => {
    expect(
      loadConfig({
        NODE_ENV: 'production',
        WEBHOOK_SECRET: secret,
        DATABASE_URL: databaseUrl,
        DATABASE_SCHEMA: 'clerk_eu',
        PORT: ' 8080 ',
        HOST: '::',
        OPERATOR_PORT: '0',
        OPERATOR_HOST: '0.0.0.0',
        OPERATOR_TOKEN: 'a-long-random-text',
        CLERK_API_URL: 'http://localhost:4000/',
        CLERK_INSTANCE_ID: 'ins_1',
        BACKFILL_ON_START: '0',
        MIRROR_PRIVATE_METADATA: 'false',
        ERASE_DELETED_AFTER_DAYS: '0',
        LOG_LEVEL: 'silent',
        SHUTDOWN_GRACE_SECONDS: '5',
      }),
    ).toMatchObject({
      production: true,
      databaseSchema: 'clerk_eu',
      port: 8080,
      host: '::',
      operatorPort: 0,
      operatorHost: '0.0.0.0',
      clerkApiUrl: 'http://localhost:4000',
      clerkInstanceId: 'ins_1',
      backfillOnStart: false,
      mirrorPrivateMetadata: false,
      eraseDeletedAfterDays: 0,
      logLevel: 'silent',
      shutdownGraceSeconds: 5,
    });
  });

  test.each([
    ['1mb', 1024 ** 2],
    ['1MB', 1024 ** 2],
    ['1.5 mb', 1.5 * 1024 ** 2],
    ['512kb', 512 * 1024],
    ['2048', 2048],
    ['2048b', 2048],
    ['100mb', 100 * 1024 ** 2],
  ])('BODY_LIMIT %s', (text, bytes) => {
    expect(loadConfig({ BODY_LIMIT: text }).bodyLimitBytes).toBe(bytes);
  });

  test.each([
    '1g',
    '1gb',
    '-1mb',
    '1 m b',
    'unlimited',
    '1e6',
    '0',
    '1023',
    '101mb',
    '1mb,',
    '0x1000',
    'NaN',
  ])('BODY_LIMIT %s stops the start', (text) => {
    expect(problemsOf({ BODY_LIMIT: text })).toEqual([
      `  - BODY_LIMIT is ${JSON.stringify(text)}: write a size from 1kb to 100mb, such as 1mb.`,
    ]);
  });

  test.each([
    ['true', true],
    ['false', false],
    ['1', 1],
    ['2', 2],
    ['loopback, 10.0.0.0/8', 'loopback,10.0.0.0/8'],
    ['::1', '::1'],
  ])('TRUST_PROXY %s', (text, value) => {
    expect(loadConfig({ TRUST_PROXY: text }).trustProxy).toBe(value);
  });
});

describe('secrets', () => {
  const reveal = (environment: Environment): string[] =>
    loadConfig(environment).webhookSecrets.map((each) => each.reveal());

  test('are one or several, separated by commas or spaces', () => {
    const [a, b, c] = [key(24, 1), key(32, 2), key(64, 3)] as const;
    expect(reveal({ WEBHOOK_SECRET: a })).toEqual([a]);
    expect(reveal({ WEBHOOK_SECRET: `${a},${b}` })).toEqual([a, b]);
    expect(reveal({ WEBHOOK_SECRET: ` ${a} , ${b}\n${c},` })).toEqual([a, b, c]);
  });

  test.each(['CLERK_WEBHOOK_SIGNING_SECRET', 'CLERK_WEBHOOK_SECRET'])('%s is an alias', (name) => {
    expect(reveal({ [name]: secret })).toEqual([secret]);
    expect(reveal({ [name]: secret, WEBHOOK_SECRET: '' })).toEqual([secret]);
    expect(problemsOf({ [name]: key(23) })).toEqual([
      expect.stringMatching(`^  - ${name} decodes to fewer than 24 bytes: copy .*whsec_`),
    ]);
  });

  test('WEBHOOK_SECRET goes before its aliases', () => {
    const other = key(32, 9);
    expect(reveal({ WEBHOOK_SECRET: secret, CLERK_WEBHOOK_SECRET: other })).toEqual([secret]);
  });

  test.each([
    [key(23), /decodes to fewer than 24 bytes/],
    [key(1), /decodes to fewer than 24 bytes/],
    ['whsec_', /is not base64/],
    ['whsec_not base64!', /./],
    [`${secret.slice(0, -2)}*=`, /is not base64/],
    [secret.slice(0, -1), /is not base64/],
    [secret.slice('whsec_'.length), /does not start with whsec_/],
    ['pk_live_x', /does not start with whsec_/],
  ])('%s stops the start', (value, wrong) => {
    const problems = problemsOf({ WEBHOOK_SECRET: value });
    expect(problems[0]).toMatch(/^ {2}- WEBHOOK_SECRET\b.*: copy the whole Signing Secret/);
    expect(problems[0]).toMatch(wrong);
  });

  test('of several, the wrong one is told by its place', () => {
    expect(problemsOf({ WEBHOOK_SECRET: `${secret},${key(8)} nonsense` })).toEqual([
      expect.stringMatching(/^ {2}- WEBHOOK_SECRET, secret 2 of 3, decodes to fewer than 24 bytes: /),
      expect.stringMatching(/^ {2}- WEBHOOK_SECRET, secret 3 of 3, does not start with whsec_: /),
    ]);
  });

  test('one is required in production and with DATABASE_URL', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/WEBHOOK_SECRET is missing, and NODE_ENV is production: copy .*Dashboard/),
    ]);
    expect(problemsOf({ DATABASE_URL: databaseUrl })).toEqual([
      expect.stringMatching(/WEBHOOK_SECRET is missing, and DATABASE_URL is set: /),
    ]);
    expect(problemsOf({ DATABASE_URL: databaseUrl, WEBHOOK_SECRET: ' , ' })).toHaveLength(1);
    expect(problemsOf({ NODE_ENV: 'development' })).toEqual([]);
  });
});

describe('OPERATOR_TOKEN', () => {
  test.each(['0.0.0.0', '::', '10.0.0.7', 'operators.example', '128.0.0.1', '127.0.0.1.example'])(
    'is required when OPERATOR_HOST is %s',
    (host) => {
      expect(problemsOf({ OPERATOR_HOST: host })).toEqual([
        expect.stringMatching(/^ {2}- OPERATOR_TOKEN is missing, and OPERATOR_HOST .*: write .*openssl rand/),
      ]);
      expect(problemsOf({ OPERATOR_HOST: host, OPERATOR_TOKEN: ' , ' })).toHaveLength(1);
      expect(problemsOf({ OPERATOR_HOST: host, OPERATOR_TOKEN: 'sixteen-letters!' })).toEqual([]);
    },
  );

  test.each(['127.0.0.1', '127.8.9.1', '::1', 'localhost'])('is not when it is %s', (host) => {
    expect(problemsOf({ OPERATOR_HOST: host })).toEqual([]);
    expect(isLoopback(host)).toBe(true);
  });

  test('is one or several, separated by commas or spaces, each once', () => {
    const [a, b] = ['the-first-token-of-two', 'the-second-token-of-two'];
    const reveal = (text: string): string[] =>
      loadConfig({ OPERATOR_TOKEN: text }).operatorTokens.map((each) => each.reveal());
    expect(reveal(a)).toEqual([a]);
    expect(reveal(` ${a} , ${b}\n${a},`)).toEqual([a, b]);
    expect(reveal(' , ')).toEqual([]);
  });

  test('of docker-compose.yml will do', () => {
    const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
    const token = /OPERATOR_TOKEN:-([^}]+)\}/.exec(compose)![1]!;
    expect(problemsOf({ OPERATOR_HOST: '0.0.0.0', OPERATOR_TOKEN: token })).toEqual([]);
  });

  test.each([
    ['fifteen-letters', /^ {2}- OPERATOR_TOKEN has fewer than 16 characters: write .*openssl rand/],
    ['a text with spaces', /^ {2}- OPERATOR_TOKEN, token 1 of 4 \(commas and spaces part them\), has fewer/],
    ['long-enough-but-café', /^ {2}- OPERATOR_TOKEN has letters that no HTTP header can carry: write /],
  ])('%s stops the start, on loopback too', (token, problem) => {
    const problems = problemsOf({ OPERATOR_TOKEN: token });
    expect(problems[0]).toMatch(problem);
    expect(problems.join()).not.toContain(token);
  });
});

describe('problems', () => {
  const wrong: readonly (readonly [name: string, value: string, problem: RegExp])[] = [
    ['WEBHOOK_SECRET', key(5), /decodes to fewer than 24 bytes: copy/],
    ['DATABASE_URL', 'mysql://db/app', /is not a Postgres address: write postgres:\/\//],
    ['DATABASE_SCHEMA', 'Clerk; drop', /write a lower-case name/],
    ['PORT', '70000', /write a whole number from 0 to 65535/],
    ['OPERATOR_PORT', '-1', /write a whole number from 0 to 65535/],
    ['OPERATOR_HOST', '0.0.0.0', /^ {2}- OPERATOR_TOKEN is missing/],
    ['CLERK_API_URL', 'api.clerk.com', /write an address that starts with http/],
    ['BACKFILL_ON_START', 'yes', /write true or false/],
    ['BODY_LIMIT', 'big', /write a size from 1kb/],
    ['INBOX_BODY_DAYS', '1.5', /write a whole number/],
    ['INBOX_ID_DAYS', 'x', /write a whole number/],
    ['ERASE_DELETED_AFTER_DAYS', '-1', /write a whole number/],
    ['MIRROR_PRIVATE_METADATA', 'maybe', /write true or false/],
    ['LOG_LEVEL', 'loud', /write trace, debug, info/],
    ['TRUST_PROXY', 'nginx', /write 1 behind one reverse proxy/],
    ['DATABASE_POOL_MAX', '1', /write a whole number from 2/],
    ['SHUTDOWN_GRACE_SECONDS', '0', /write a whole number from 1/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', /write an address that starts with http/],
  ];

  test.each(wrong)('%s=%s', (name, value, problem) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
    if (name !== 'OPERATOR_HOST') expect(problems[0]).toMatch(new RegExp(`^  - ${name}\\b.+: .+\\.$`));
  });

  test('are all told at once, each with its variable, and end the command with 2', () => {
    const error = failureOf(Object.fromEntries(wrong.map(([name, value]) => [name, value])));
    expect(error).toMatchObject({ code: 'settings-invalid', exitCode: 2 });
    const lines = error!.message.split('\n');
    expect(lines[0]).toBe(`${wrong.length} settings are wrong:`);
    expect(lines).toHaveLength(wrong.length + 1);
    for (const [name, , problem] of wrong) {
      const told = name === 'OPERATOR_HOST' ? 'OPERATOR_TOKEN' : name;
      expect(lines.filter((line) => line.startsWith(`  - ${told}`) && problem.test(line))).toHaveLength(1);
    }
    expect(error!.mend).toMatch(/\.env\.example/);
  });

  test('one alone is told in the singular', () => {
    expect(failureOf({ PORT: 'x' })!.message).toBe(
      'One setting is wrong:\n  - PORT is "x": write a whole number from 0 to 65535.',
    );
  });

  test('ids must be kept at least as long as bodies', () => {
    expect(problemsOf({ INBOX_BODY_DAYS: '60', INBOX_ID_DAYS: '59' })).toEqual([
      expect.stringMatching(/INBOX_ID_DAYS is less than INBOX_BODY_DAYS: /),
    ]);
    expect(problemsOf({ INBOX_BODY_DAYS: '60', INBOX_ID_DAYS: '60' })).toEqual([]);
  });

  test.each(['pg_catalog', 'Clerk', '1clerk', 'clerk-eu', 'a"b', 'x'.repeat(64), 'clerk.users'])(
    'the schema %s',
    (name) => {
      expect(problemsOf({ DATABASE_SCHEMA: name })).toHaveLength(1);
    },
  );
});

describe('no secret is printed', () => {
  const planted = {
    WEBHOOK_SECRET: `${key(32, 1)},${key(32, 2)}`,
    DATABASE_URL: databaseUrl,
    OPERATOR_TOKEN: 'operator-token-planted',
    CLERK_SECRET_KEY: 'sk_live_planted',
  };
  const telltales = [
    key(32, 1).slice(6),
    key(32, 2).slice(6),
    'hunter2',
    'operator-token-planted',
    'sk_live_planted',
  ];
  const expectClean = (text: string): void => {
    for (const telltale of telltales) expect(text).not.toContain(telltale);
  };

  test('by the inspector, by JSON, by a template, by joining', () => {
    const config = loadConfig(planted);
    expectClean(inspect(config, { depth: null, showHidden: true, getters: true }));
    expectClean(JSON.stringify(config));
    for (const value of Object.values(config)) expectClean(String(value));
    expectClean(config.webhookSecrets.join(' '));
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({ databaseUrl: '[secret]' });
  });

  test('by the secret itself, which still can be used', () => {
    const one = new Secret('sk_live_planted');
    expect([one.toString(), String(one), inspect(one), inspect({ one }), JSON.stringify({ one })]).toEqual([
      '[secret]',
      '[secret]',
      '[secret]',
      '{ one: [secret] }',
      '{"one":"[secret]"}',
    ]);
    expect(Object.keys(one)).toEqual([]);
    expect(one.reveal()).toBe('sk_live_planted');
  });

  test('by the problems, of others or of its own', () => {
    const short = key(20, 5);
    const halves = [
      { ...planted, PORT: 'x' },
      { ...planted, WEBHOOK_SECRET: `${key(32, 1)}, ${short}` },
      { ...planted, WEBHOOK_SECRET: key(32, 1).slice(6) },
      { ...planted, DATABASE_URL: databaseUrl.replace('postgres:', 'postgrs:') },
      { ...planted, DATABASE_URL: 'app:hunter2-password@db.example' },
      { ...planted, DATABASE_URL: 'postgres://app:hunter2-password@:bad:port/x' },
    ];
    for (const environment of halves) {
      const error = failureOf(environment);
      expect(error?.code).toBe('settings-invalid');
      for (const text of [error!.message, error!.mend, error!.stack, inspect(error), JSON.stringify(error)]) {
        expectClean(text ?? '');
        expect(text).not.toContain(short.slice(6));
      }
    }
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector:hunter2-password@otel.example'],
    ['CLERK_API_URL', 'htps://u:hunter2-password@api.example'],
    ['PORT', key(32, 1)],
    ['DATABASE_SCHEMA', databaseUrl],
    ['LOG_LEVEL', 'sk_live_planted_and_long'],
  ])('by a problem that quotes the value of %s, pasted there by mistake', (name, value) => {
    const [problem] = problemsOf({ [name]: value });
    expect(problem).toMatch(new RegExp(`^  - ${name} `));
    expectClean(problem!);
  });
});
