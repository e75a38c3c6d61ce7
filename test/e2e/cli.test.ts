// The commands as processes: help with an example, exit codes, JSON that parses, and what they do to a started service.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import {
  freePort,
  killServices,
  runProcess,
  startService,
  type Finished,
  type ServiceProcess,
} from '../support/service-process.ts';

const commands = [
  'serve',
  'migrate',
  'status',
  'doctor',
  'replay',
  'reproject',
  'prune',
  'send',
  'simulate',
  'demo',
  'backfill',
  'reconcile',
  'sync',
  'fake-clerk',
];

let database: TestDatabase;
let service: ServiceProcess;
let port: string;
let firstMigrate: Finished;
let secondMigrate: Finished;

const cli = (args: string, more: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  runProcess('cli.ts', args.split(' ').filter(Boolean), { DATABASE_URL: database.url, PORT: port, ...more });

beforeAll(async () => {
  database = await createDatabase();
  port = String(await freePort());
  firstMigrate = await cli('migrate --json');
  secondMigrate = await cli('migrate');
  service = await startService({ DATABASE_URL: database.url, PORT: port });
});
afterAll(async () => {
  await killServices();
  await database.drop();
});

describe('help', () => {
  test('names every command', async () => {
    const { code, stdout, stderr } = await cli('--help');
    expect([code, stderr]).toEqual([0, '']);
    const named = [...stdout.matchAll(/^ {2}([a-z-]+)(?: |$)/gm)].map(([, name]) => name);
    expect(named.filter((name) => name !== 'help').sort()).toEqual([...commands].sort());
  });

  test.each(commands)('%s --help has an example', async (command) => {
    const { code, stdout, stderr } = await cli(`${command} --help`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: clerk-mirror ${command}`));
    expect(stdout).toMatch(new RegExp(`Example:\\n {2}.*clerk-mirror ${command}`));
  });
});

describe('wrong usage', () => {
  test.each([
    ['nothing', '', /Usage: clerk-mirror/],
    ['no such command', 'backfil', /unknown command/],
    ['no such option', 'status --jsn', /Did you mean --json/],
    ['an argument too many', 'status now', /too many arguments/],
    ['an argument too few', 'send', /missing required argument/],
    ['a number that is none', 'simulate --events many', /Write a number above 0/],
    ['a share above one', 'simulate --duplicates 2', /from 0 to 1/],
    ['an event without an example', 'send user.craeted', /Did you mean user\.created/],
    [
      'a file that is not there',
      'send user.created --file nowhere.json',
      /nowhere\.json cannot be read \(ENOENT\)/,
    ],
  ])('%s: exit code 2', async (_what, args, words) => {
    const { code, stdout, stderr } = await cli(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test.each(['serve', 'simulate', 'doctor'])(
    '%s with wrong settings: all problems at once',
    async (command) => {
      const { code, stdout, stderr } = await cli(command, { LOG_LEVEL: 'loud', DATABASE_POOL_MAX: '0' });
      expect(code).toBe(2);
      expect(stdout + stderr).toMatch(/LOG_LEVEL is "loud"/);
      expect(stdout + stderr).toMatch(/DATABASE_POOL_MAX is "0"/);
    },
  );
});

describe('migrate', () => {
  test('applies everything to an empty database, and then has nothing to do', () => {
    expect([firstMigrate.code, firstMigrate.stderr]).toEqual([0, '']);
    const { schema, applied } = JSON.parse(firstMigrate.stdout) as { schema: string; applied: string[] };
    expect(schema).toBe('clerk');
    expect(applied[0]).toBe('0001_inbox_messages');
    expect(applied).toEqual([...applied].sort());
    expect([secondMigrate.code, secondMigrate.stdout]).toEqual([0, 'schema "clerk": nothing to do']);
  });
});

describe('send', () => {
  test('sends an example that becomes a row; the same id again is a repetition', async () => {
    const sent = await cli('send user.created --json --id msg_cli_1');
    expect([sent.code, sent.stderr]).toEqual([0, '']);
    const answer = JSON.parse(sent.stdout) as { id: string; status: number; body: string };
    expect(answer).toMatchObject({ id: 'msg_cli_1', status: 200 });
    expect(JSON.parse(answer.body)).toEqual({ success: true, message: 'Webhook received' });
    const again = await cli('send user.created --id msg_cli_1');
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(/^user\.created as msg_cli_1: 200 .*already received/),
    ]);
  });

  test('sends a file as it is', async () => {
    const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'cli-'));
    const file = join(folder, 'event.json');
    await writeFile(file, '{ "type" : "made.up", "data": {"id":"role_cli"} }\n');
    const { code } = await cli(`send made.up --file ${file} --id msg_cli_file --url ${service.webhooks}`);
    expect(code).toBe(0);
    const found = await query('select body, state from clerk.inbox_messages where id = $1', ['msg_cli_file']);
    expect(found).toEqual([
      { body: '{ "type" : "made.up", "data": {"id":"role_cli"} }\n', state: 'unhandled' },
    ]);
  });

  test('a refusal, or no answer, is exit code 1', async () => {
    const wrong = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const refused = await cli(`send user.created --secret ${wrong}`);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringMatching(/: 400 .*verification failed/)]);
    const silent = await cli(`send user.created --url http://127.0.0.1:${await freePort()}/api/webhooks`);
    expect(silent.code).toBe(1);
    expect(silent.stderr).toMatch(
      /^clerk-mirror: .*did not answer: ECONNREFUSED\n {2}Is the service running/,
    );
  });
});

describe('status', () => {
  test('as JSON and for people, without the password', async () => {
    await cli('send organization.created');
    const json = await cli('status --json');
    expect([json.code, json.stderr]).toEqual([0, '']);
    const status = JSON.parse(json.stdout) as { url: string; rows: Record<string, { live: number }> };
    expect(status).toMatchObject({
      schema: 'clerk',
      messages: { applied: expect.any(Number) },
      lastMessageAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(status.rows.organizations!.live).toBeGreaterThan(0);
    const password = new URL(database.url).password;
    expect(password).not.toBe('');
    expect(new URL(status.url).password).toBe('');
    const { code, stdout } = await cli('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/connect with {5}psql 'postgres:/);
    expect(stdout + json.stdout).not.toContain(password);
  });

  test('of a database that is not migrated: exit code 1 and what to do', async () => {
    const { code, stderr } = await cli('status', { DATABASE_SCHEMA: 'elsewhere' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /"elsewhere" is not up to date\.\n {2}Start the service, or run `clerk-mirror migrate`/,
    );
  });
});

describe('replay', () => {
  test('dead letters: shown by status, counted, applied again; JSON for programs', async () => {
    await cli('send user.created --id msg_replayed');
    await query(
      `update clerk.inbox_messages set state = 'dead', last_error = 'postgres 23514 (x)' where id = 'msg_replayed'`,
    );
    const { stdout: status } = await cli('status');
    expect(status).toMatch(
      /dead +msg_replayed user\.created user_\w+: postgres 23514 \(x\)\n.*clerk-mirror replay --state dead/,
    );
    const dry = await cli('replay --state dead pending --dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, '1 message would be replayed\n       1  user.created (dead)']);
    const json = await cli('replay --state dead --json');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ seen: 1, applied: 1, failed: [] });
    const all = await cli('replay --all');
    expect([all.code, all.stderr]).toEqual([0, '']);
    expect(all.stdout).toMatch(/\d+ messages? applied/);
    expect((await cli('replay --state dead')).stdout).toMatch(/0 messages applied/);
  });

  test('a message that is not there is named, and nothing is done: exit code 1', async () => {
    for (const args of ['replay --id msg_nowhere', 'replay --all --after msg_nowhere']) {
      const { code, stdout, stderr } = await cli(args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/msg_nowhere is not in the inbox/);
    }
  });

  test('what still cannot be applied is named: exit code 1', async () => {
    await cli('send user.created --id msg_stuck');
    await query(`alter table clerk.users add constraint nobody check (id is null) not valid`);
    const { code, stdout, stderr } = await cli('replay --id msg_stuck');
    await query(`alter table clerk.users drop constraint nobody`);
    expect([code, stdout]).toEqual([1, expect.stringContaining('failed: msg_stuck postgres 23514 (nobody)')]);
    expect(stderr).toMatch(/1 of the messages could not be applied/);
  });

  test.each([
    ['replay', /needs to know which messages.*\n.*--state/],
    ['replay --state lost', /Allowed choices are applied, pending/],
    ['replay --since yesterday', /Write a time such as/],
    ['replay --until 2026-02-31', /Write a time such as/],
    ['replay --all --state dead', /--all is every message/],
  ])('%s: wrong usage, exit code 2', async (args, message) => {
    const { code, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('prune', () => {
  test('removes what is old, and says how much', async () => {
    await cli('send user.created --id msg_old');
    await query(
      `update clerk.inbox_messages set received_at = now() - interval '40 days' where id = 'msg_old'`,
    );
    const json = await cli('prune --json');
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      0,
      { bodies: 1, messages: 0, rows: 0, failed: [], stoppedBy: null },
    ]);
    const { code, stdout } = await cli('prune', { INBOX_ID_DAYS: '35' });
    expect([code, stdout]).toEqual([0, '0 bodies and 1 messages removed, 0 rows erased']);
  });
});

describe('doctor', () => {
  test('finds that a server which acknowledges too early may lose what was acknowledged', async () => {
    // The tests' own cluster is such a server, for speed.
    const { code, stdout } = await cli('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/problem +database .*synchronous_commit off\n +Set synchronous_commit to on/);
  });

  test('finds all well', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`,
    );
    await client.end();
    const { code, stdout, stderr } = await cli('doctor --json');
    expect([code, stderr]).toEqual([0, '']);
    const findings = JSON.parse(stdout) as { check: string; result: string }[];
    expect(findings.map(({ check }) => check)).toEqual([
      'settings',
      'database',
      'migrations',
      'clock',
      'service',
    ]);
    expect(findings.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    const text = await cli('doctor');
    expect(text.stdout.split('\n')).toHaveLength(5);
  });

  test('says what to mend: exit code 1', async () => {
    const closed = new URL(database.url);
    closed.port = String(await freePort());
    const { code, stdout } = await cli('doctor --json', { DATABASE_URL: closed.href });
    expect(code).toBe(1);
    const findings = JSON.parse(stdout) as { check: string; result: string; mend?: string }[];
    expect(findings.find(({ check }) => check === 'database')).toMatchObject({
      result: 'problem',
      mend: expect.stringContaining('start Postgres'),
    });
    expect(stdout).not.toContain(closed.password);
  });
});

describe('simulate', () => {
  test('tells how far it came beside its JSON, not in it', async () => {
    const { code, stdout, stderr } = await cli('simulate --events 700 --rate 200 --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total: 0 });
    expect(stderr).toMatch(/"done":\d+,"total":700.*"events"/);
  });

  test('shuffled and repeated, ends in equal tables', async () => {
    const empty = await createDatabase();
    const own = await startService({ DATABASE_URL: empty.url });
    try {
      const { code, stdout } = await cli(
        `simulate --events 300 --shuffle --duplicates 0.2 --seed e2e --until-equal --json --url ${own.webhooks}`,
        { DATABASE_URL: empty.url, LOG_LEVEL: 'silent' },
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        seed: 'e2e',
        failed: 0,
        total: 0,
        differences: [],
      });

      // Compared with the tables of another mirror, nothing is where the model has it.
      const elsewhere = await cli(`simulate --events 100 --json --url ${own.webhooks}`, {
        LOG_LEVEL: 'silent',
      });
      expect(elsewhere.code).toBe(1);
      expect(elsewhere.stderr).toMatch(
        /^clerk-mirror: The tables differ from the model in \d+ places\.\n {2}\S/,
      );
      expect((JSON.parse(elsewhere.stdout) as { total: number }).total).toBeGreaterThan(10);
    } finally {
      own.child.kill('SIGKILL');
      await own.finished;
      await empty.drop();
    }
  });
});

async function query(sql: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
