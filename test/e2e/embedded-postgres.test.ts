// The embedded Postgres under kill -9, in company, in places where only root may enter. Services are processes of their own.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { findEmbeddedPostgres } from '../../src/database/embedded-postgres/index.ts';
import { knownPlace } from '../../src/database/embedded-postgres/place.ts';
import { findPostmaster } from '../../src/database/embedded-postgres/postmaster.ts';
import { until } from '../support/until.ts';

interface Said {
  url?: string;
  data?: string;
  ms?: number;
  stopped?: boolean;
  code?: string;
  message?: string;
  mend?: string;
}

interface Service {
  readonly child: ChildProcess;
  /** The next thing it says. */
  next(): Promise<Said>;
}

const root = process.getuid?.() === 0;
let folder: string;
let home: string;
let started: ChildProcess[];

beforeEach(async () => {
  // In the run's own folder: when the run is interrupted, that is removed, and a server without its files stops by itself.
  folder = await realpath(await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'embedded-')));
  await chmod(folder, 0o711);
  home = join(folder, '.clerk-mirror');
  started = [];
});

afterEach(async () => {
  for (const child of started) await kill(child);
  const place = (await knownPlace(home)) ?? home;
  const server = await findPostmaster(join(place, 'data'));
  if (server !== undefined) await killServer(join(place, 'data'));
  for (const path of [place, folder]) await rm(path, { recursive: true, force: true, maxRetries: 10 });
});

test('a fresh start is a real Postgres: durable, on the loopback only, behind a password of its own', async () => {
  home = join(folder, 'a-very-long-folder-name-'.repeat(6), '.clerk-mirror');
  const service = start();
  const { url, data } = await service.next();
  expect(url).toMatch(/^postgres:\/\/clerk_mirror:[\w-]{32}@127\.0\.0\.1:\d+\/clerk_mirror$/);
  expect(await readFile(join(data!, 'PG_VERSION'), 'utf8')).toMatch(/^\d+\n$/);
  expect((await stat(join(home, 'password'))).mode & 0o777).toBe(0o600);

  const settings = await query(
    url,
    `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit',
     'listen_addresses', 'unix_socket_directories', 'max_connections', 'TimeZone', 'server_encoding', 'password_encryption')`,
  );
  expect(Object.fromEntries(settings.map((row) => [row.name, row.setting]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '50',
    TimeZone: 'UTC',
    server_encoding: 'UTF8',
    password_encryption: 'scram-sha-256',
  });
  await expect(query(url?.replace(/:[\w-]{32}@/, ':wrong@'), 'select 1')).rejects.toMatchObject({
    code: '28P01',
  });
  const password = new URL(url!).password;
  expect(await readFile(join(home, 'postgres.log'), 'utf8')).not.toContain(password);
  await stop(service);
});

test('a restart keeps data, port and password; status finds the server only while it runs', async () => {
  const first = start();
  const { url } = await first.next();
  await query(url, 'create table kept (id int); insert into kept values (1)');
  expect(await findEmbeddedPostgres(home)).toBe(url);
  await stop(first);
  expect(await findEmbeddedPostgres(home)).toBeUndefined();

  const second = start();
  expect((await second.next()).url).toBe(url);
  expect(await query(url, 'select id from kept')).toEqual([{ id: 1 }]);
  await stop(second);
});

test('a kept port that another program took is replaced', async () => {
  const first = start();
  const { url } = await first.next();
  await stop(first);
  const { createServer } = await import('node:net');
  const taker = createServer().listen(Number(new URL(url!).port), '127.0.0.1');
  await once(taker, 'listening');
  const second = start();
  const moved = (await second.next()).url;
  expect(new URL(moved!).port).not.toBe(new URL(url!).port);
  await query(moved, 'select 1');
  taker.close();
  await stop(second);
});

test('after kill -9 of the service the next start adopts its server, which dies and comes back under it too', async () => {
  const first = start();
  const { url, data } = await first.next();
  await query(url, 'create table kept (id int); insert into kept values (1)');
  const orphan = await findPostmaster(data!);
  await kill(first.child);

  const second = start();
  expect((await second.next()).url).toBe(url);
  expect((await findPostmaster(data!))?.pid).toBe(orphan?.pid);

  await killServer(data!);
  await until('it is back', () => isUp(url));
  expect(await query(url, 'select id from kept')).toEqual([{ id: 1 }]);
  expect((await findPostmaster(data!))?.pid).not.toBe(orphan?.pid);
  await stop(second);
  expect(await findPostmaster(data!)).toBeUndefined();
});

test('after kill -9 of the service and of Postgres nothing that was committed is lost', async () => {
  const first = start();
  const { url, data } = await first.next();
  await query(url, 'create table kept (id int); insert into kept select generate_series(1, 1000)');
  await kill(first.child);
  await killServer(data!);
  const second = start();
  expect((await second.next()).url).toBe(url);
  expect(await query(url, 'select count(*)::int as rows from kept')).toEqual([{ rows: 1000 }]);
  await stop(second);
});

test('a start that is killed at any moment leaves nothing that stops the next', async () => {
  for (const ms of [120, 250, 400, 550, 700]) {
    const doomed = start();
    await pause(ms);
    await kill(doomed.child);
  }
  const service = start();
  const { url } = await service.next();
  await query(url, 'select 1');
  await stop(service);
  // On a slow machine an initdb that lost its parent is at work still while the next one starts: the one after clears it.
  const later = start();
  await later.next();
  expect((await readdir(home)).filter((name) => name.includes('draft'))).toEqual([]);
  await stop(later);
});

test('four starts at once share one server; one of them brings it back; the last to leave stops it', async () => {
  const services = [start(), start(), start(), start()];
  const said = await Promise.all(services.map((service) => service.next()));
  const [{ url, data }] = said as [Said];
  expect(said.map((one) => one.url)).toEqual([url, url, url, url]);

  const server = await findPostmaster(data!);
  await killServer(data!);
  await until('one of them brings it back', () => isUp(url));
  const revived = await findPostmaster(data!);
  expect(revived?.pid).not.toBe(server?.pid);

  await kill(services[0]!.child);
  await stop(services[1]!);
  await stop(services[2]!);
  expect((await findPostmaster(data!))?.pid).toBe(revived?.pid);
  await query(url, 'select 1');
  await stop(services[3]!);
  expect(await findPostmaster(data!)).toBeUndefined();
});

test.each([
  ['that another process has now', 'exec sleep 60'],
  ['that nobody collected', 'sleep 0 & echo $!; exec sleep 60'],
])('the pid file of a dead server with a number %s is no obstacle', async (_, script) => {
  const first = start();
  const { data } = await first.next();
  const lines = (await readFile(join(data!, 'postmaster.pid'), 'utf8')).split('\n');
  await stop(first);
  // As the server's own user, whom Postgres would take for a server.
  const { uid, gid } = await stat(data!);
  const stranger = spawn('sh', ['-c', script], root ? { uid, gid } : {});
  started.push(stranger);
  const pid = script.includes('echo') ? Number(await once(stranger.stdout, 'data')) : stranger.pid;
  await pause(100);
  await writeFile(join(data!, 'postmaster.pid'), [pid, ...lines.slice(1)].join('\n'));
  const second = start();
  expect((await second.next()).code).toBeUndefined();
  await stop(second);
});

test('data of another major version is left alone, and named with what to do', async () => {
  const made = start();
  const data = (await made.next()).data!;
  await stop(made);
  await writeFile(join(data, 'PG_VERSION'), '14\n');
  const before = await readdir(data);
  const said = await start().next();
  expect(said.code).toBe('embedded-version');
  expect(said.message).toMatch(/made by Postgres 14, the embedded Postgres is \d+/);
  expect(said.mend).toMatch(/dump the database, or remove .*data to start empty and backfill/);
  expect(await readdir(data)).toEqual(before);
});

test('an initdb that fails, as on a full disk, says so in a sentence and leaves nothing', async () => {
  // No file may exceed 2 MB: initdb fails at its first log segment.
  const limited = start(['sh', '-c', 'ulimit -f 4000; exec "$@"', 'sh']);
  const said = await limited.next();
  expect(said).toMatchObject({
    code: 'embedded-failed',
    message: expect.stringMatching(/could not be created in .*: \S+/),
  });
  expect((await readdir(home)).filter((name) => name.startsWith('data'))).toEqual([]);
  const service = start();
  expect((await service.next()).code).toBeUndefined();
  await stop(service);
});

test('in a folder that only its owner may enter', async () => {
  await chmod(folder, 0o700);
  const first = start();
  const { url, data } = await first.next();
  // Root's Postgres runs as another user, who cannot enter: the data then lives where he can.
  if (root) expect(data).toMatch(/^\/var\/(lib|tmp)\/clerk-mirror\/[0-9a-f]+\/data$/);
  else expect(data).toBe(join(home, 'data'));
  await query(url, 'create table kept (id int)');
  await kill(first.child);
  await killServer(data!);

  const second = start();
  expect(await second.next()).toMatchObject({ url, data });
  expect(await query(url, 'select * from kept')).toEqual([]);
  expect(await findEmbeddedPostgres(home)).toBe(url);
  await stop(second);
  if (root) expect((await readdir(dirname(data!))).sort()).toEqual(['data', 'home']);
});

function start(wrapper: string[] = []): Service {
  const script = join(import.meta.dirname, '../support/embedded-service.ts');
  const [command, ...args] = [...wrapper, process.execPath, script, home];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line: IteratorResult<string> = await lines.next();
    return line.done === true ? { message: 'it ended without a word' } : (JSON.parse(line.value) as Said);
  };
  return { child, next };
}

async function stop(service: Service): Promise<void> {
  service.child.stdin?.write('stop\n');
  expect(await service.next()).toEqual({ stopped: true });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function killServer(data: string): Promise<void> {
  const server = await findPostmaster(data);
  if (server !== undefined) process.kill(server.pid, 'SIGKILL');
}

/** It can be asked. */
function isUp(url: string | undefined): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}

async function query(url: string | undefined, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}
