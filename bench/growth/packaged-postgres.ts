// A Postgres of the bench's own, from this machine's packages: its settings can be changed, and its log can be read.

import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findFreePort } from '../../src/platform/embedded-postgres/free-port.ts';
import {
  findServerAccount,
  isRoot,
  type Account,
} from '../../src/platform/embedded-postgres/server-account.ts';

const run = promisify(execFile);
const packages = '/usr/lib/postgresql';

/** While rows are only made: what a crash would need is left out. */
const making: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  max_wal_size: '4GB',
  shared_buffers: '1GB',
  maintenance_work_mem: '512MB',
};

/** The folder of the server's programs; undefined: none of version 15 or later is installed. */
export async function findBinaries(): Promise<string | undefined> {
  const told = await run('pg_config', ['--bindir']).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  const versions = (await readdir(packages).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  for (const folder of [...versions.map((version) => join(packages, version, 'bin')), told]) {
    const version = await run(join(folder, 'postgres'), ['--version']).then(
      ({ stdout }) => Number(/ (\d+)/.exec(stdout)?.[1] ?? 0),
      () => 0,
    );
    // The log is read as JSON: since 15.
    if (folder !== '' && version >= 15) return folder;
  }
  return undefined;
}

export class PackagedPostgres {
  readonly #bin: string;
  readonly #home: string;
  readonly #account: Account | undefined;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(bin: string, home: string, account: Account | undefined, port: number) {
    this.#bin = bin;
    this.#home = home;
    this.#account = account;
    this.#port = port;
    process.once('exit', () => this.#child?.kill('SIGQUIT'));
  }

  /** In `home/data`, made if it is not there. Postgres does not run as root: an account that is there is used then. */
  static async open(bin: string, home: string): Promise<PackagedPostgres> {
    const account = isRoot() ? await findServerAccount() : undefined;
    await mkdir(home, { recursive: true, mode: 0o755 });
    if (account !== undefined) await chown(home, account.uid, account.gid);
    const postgres = new PackagedPostgres(bin, home, account, await findFreePort());
    const isThere = await stat(join(home, 'data', 'PG_VERSION')).then(
      () => true,
      () => false,
    );
    if (!isThere)
      await run(
        join(bin, 'initdb'),
        ['-D', join(home, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
        { cwd: home, ...postgres.#identity },
      );
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  /** `making`: for the time in which rows are only made. Else all is Postgres' default but where it listens and logs. */
  async start(mode: 'default' | 'making' = 'default'): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.#port),
      unix_socket_directories: '',
      log_destination: 'jsonlog',
      logging_collector: 'on',
      log_directory: join(this.#home, 'log'),
      log_filename: 'postgres.log',
      log_rotation_age: '0',
      log_rotation_size: '0',
      log_file_mode: '0644',
      ...(mode === 'making' ? making : {}),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#child = spawn(join(this.#bin, 'postgres'), ['-D', join(this.#home, 'data'), ...args], {
      cwd: this.#home,
      stdio: 'ignore',
      // A terminal's Ctrl-C is for the bench, which has still to tidy up in it.
      detached: true,
      ...this.#identity,
    });
    await this.#ready();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    await gone;
  }

  /** How long the log is: a place in it. */
  async logEnd(): Promise<number> {
    return (await stat(this.#log).catch(() => ({ size: 0 }))).size;
  }

  async readLog(): Promise<Buffer> {
    return readFile(this.#log);
  }

  get logFile(): string {
    return this.#log;
  }

  get #log(): string {
    return join(this.#home, 'log', 'postgres.json');
  }

  get #identity(): { uid?: number; gid?: number } {
    return this.#account === undefined ? {} : { uid: this.#account.uid, gid: this.#account.gid };
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (Date.now() < deadline) {
      if (this.#child?.exitCode !== null)
        throw new Error(`Postgres did not start; ${join(this.#home, 'log')} says why`);
      const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 2000 });
      client.on('error', () => undefined);
      const isReady = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end().catch(() => undefined);
      if (isReady) return;
      await sleep(200);
    }
    throw new Error('Postgres was not ready within two minutes');
  }
}
