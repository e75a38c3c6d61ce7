// Errors: what may be told of any of them, and never a row's values with it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import pino from 'pino';
import { unreachable, classifyFailure } from '../../src/database/failures.ts';
import { codeOf, describeError, MirrorError } from '../../src/platform/errors.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';

describe('describeError of a real Postgres error', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `create table people (id text primary key, age integer check (age > 0), born timestamptz)`,
    );
    await client.query(`insert into people values ('PLANTED-id')`);
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each([
    [`insert into people values ('PLANTED-id')`, 'postgres 23505 (people_pkey)'],
    [`insert into people values ('PLANTED-other', -7)`, 'postgres 23514 (people_age_check)'],
    [`insert into people values (null)`, 'postgres 23502 (people)'],
    [`select 'PLANTED-number'::integer`, /^postgres 22P02 \(\w+\)$/],
    [`select 'PLANTED-time'::timestamptz`, /^postgres 22007 \(\w+\)$/],
    [`select '{"PLANTED'::json`, /^postgres 22P02 \(\w+\)$/],
    [`select "PLANTED-column" from people`, /^postgres 42703 \(\w+\)$/],
  ])('%s', async (sql, expected) => {
    const error: unknown = await client.query(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(pg.DatabaseError);
    // The test is worth something only while Postgres itself quotes the row.
    const whole = JSON.stringify(error) + String(error);
    if (!sql.includes('null')) expect(whole).toMatch(/PLANTED|-7/);
    expect(describeError(error)).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
    expect(describeError(error)).not.toMatch(/PLANTED|-7/);
    expect(classifyFailure(error)).toBe('data');
  });
});

describe('describeError', () => {
  const postgres = (fields: object): Error =>
    Object.assign(new Error('Key (email)=(planted@example.com) already exists.'), {
      name: 'error',
      severity: 'ERROR',
      code: '23505',
      detail: 'Key (email)=(planted@example.com) already exists.',
      hint: 'planted@example.com',
      where: 'COPY users, line 1: "planted@example.com"',
      internalQuery: 'select planted@example.com',
      ...fields,
    });

  test.each([
    [postgres({}), 'postgres 23505'],
    [postgres({ constraint: 'users_pkey', table: 'users' }), 'postgres 23505 (users_pkey)'],
    [postgres({ table: 'users', column: 'id' }), 'postgres 23505 (users)'],
    [postgres({ column: 'id' }), 'postgres 23505 (id)'],
    [postgres({ routine: 'pg_strtoint32' }), 'postgres 23505 (pg_strtoint32)'],
    [postgres({ code: undefined }), 'error'],
  ])('of what looks like one: %#', (error, expected) => {
    expect(describeError(error)).toBe(expected);
  });

  test.each([
    [new Error('planted@example.com'), 'Error'],
    [new TypeError('planted'), 'TypeError'],
    [new AggregateError([new Error('planted')], 'planted'), 'AggregateError'],
    [Object.assign(new Error('connect planted'), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
    [new Error('outer', { cause: postgres({}) }), 'Error'],
    ['planted', 'unknown error'],
    [{ message: 'planted' }, 'unknown error'],
    [null, 'unknown error'],
    [undefined, 'unknown error'],
    [{ code: 7 }, 'unknown error'],
  ])('of anything else: %#', (error, expected) => {
    expect(describeError(error)).toBe(expected);
  });

  test('of our own is its sentence, which we wrote', () => {
    expect(
      describeError(new MirrorError('port-in-use', 'Port 3000 is in use.', 'Stop it.', postgres({}))),
    ).toBe('Port 3000 is in use.');
  });

  test('is all that a log line has of an error', () => {
    const lines: string[] = [];
    const given = createLogger('info', false);
    const serializers = (given as unknown as Record<symbol, pino.LoggerOptions['serializers']>)[
      pino.symbols.serializersSym
    ]!;
    const log = pino({ serializers }, { write: (line: string) => void lines.push(line) });
    log.error({ err: postgres({ constraint: 'users_pkey' }) }, 'failed');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ err: 'postgres 23505 (users_pkey)' });
    expect(lines[0]).not.toContain('planted');
  });
});

describe('MirrorError', () => {
  test('keeps its cause, and knows the exit code', () => {
    const cause = new Error('cause');
    const error = new MirrorError('database-unreachable', 'what', 'mend', cause);
    expect(error).toMatchObject({ name: 'MirrorError', cause, mend: 'mend', exitCode: 1 });
    expect('cause' in new MirrorError('usage', 'what', 'mend')).toBe(false);
    expect(
      (['settings-invalid', 'usage', 'example-unknown', 'send-failed', 'simulation-differs'] as const).map(
        (code) => new MirrorError(code, '', '').exitCode,
      ),
    ).toEqual([2, 2, 2, 1, 1]);
  });
});

describe('unreachable', () => {
  const url = 'postgres://app:planted-password@db.example:5433/app';

  test.each([
    ['28P01', 'database-refused', /password or user/],
    ['3D000', 'database-refused', /does not exist/],
    ['ECONNREFUSED', 'database-unreachable', /Nothing listens there/],
    ['ENOTFOUND', 'database-unreachable', /host name/],
    ['EPIPE', 'database-unreachable', /See that it runs/],
  ] as const)('%s', (code, expected, mend) => {
    const error = unreachable(Object.assign(new Error('planted-password'), { code }), url);
    expect(error).toMatchObject({
      code: expected,
      message: `Postgres at db.example:5433/app cannot be used (${code}).`,
    });
    expect(error.mend).toMatch(mend);
    expect(`${error.message} ${error.mend}`).not.toContain('planted');
  });
});

test.each([
  [{ code: '23505' }, '23505'],
  [{ code: 1 }, undefined],
  [{}, undefined],
  [null, undefined],
  ['x', undefined],
])('codeOf(%j)', (error, expected) => {
  expect(codeOf(error)).toBe(expected);
});
