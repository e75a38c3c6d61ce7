// The floor of the database: pgbench, in C, upserting one row of about 1 KB by a prepared statement. No HTTP, no
// signature, no message that is remembered, and whoever commits last wins.

import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { percentile } from '../statistics.ts';
import { killAtExit } from './kill-at-exit.ts';
import type { Measurement } from '../load/protocol.ts';

const run = promisify(execFile);
const bytes = 1000;
const script = (rows: number): string => `\\set id random(1, ${rows})
insert into floor (id, data) values (:id, :data)
  on conflict (id) do update set data = excluded.data, written = floor.written + 1;
`;

/** Where it is; undefined: it is not installed. Debian puts it beside the server, not on the PATH. */
export async function findPgbench(): Promise<string | undefined> {
  const debian = await readdir('/usr/lib/postgresql').catch(() => []);
  const configured = await run('pg_config', ['--bindir']).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...configured,
    ...debian.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`),
  ];
  for (const folder of folders.filter((each) => each !== '')) {
    const path = join(folder, 'pgbench');
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

export class Pgbench {
  readonly #path: string;
  readonly #url: string;
  readonly #folder: string;
  /** Those that filled the table among them. */
  #writes: number;

  private constructor(path: string, url: string, folder: string, rows: number) {
    this.#path = path;
    this.#url = url;
    this.#folder = folder;
    this.#writes = rows;
  }

  /** `rows`: how many there are, from the start on, to be written again and again. */
  static async open(path: string, url: string, folder: string, rows: number): Promise<Pgbench> {
    await query(
      url,
      'create table floor (id integer primary key, data text not null, written integer not null default 1)',
    );
    await query(
      url,
      `insert into floor (id, data) select id, repeat('x', $2) from generate_series(1, $1) as id`,
      [rows, bytes],
    );
    const own = await mkdtemp(join(folder, 'pgbench-'));
    await writeFile(join(own, 'upsert.sql'), script(rows));
    return new Pgbench(path, url, own, rows);
  }

  /** Whole seconds: it knows no others. */
  async measure(connections: number, seconds: number): Promise<Measurement> {
    const whole = Math.max(1, Math.round(seconds));
    let said = await this.#run(connections, whole);
    // Opening its connections is part of its time: on a busy machine there may be nothing left of a short one.
    for (let more = 1; more < 3 && / processed: 0\b/.test(said); more += 1)
      said = await this.#run(connections, whole + more);
    const answered = Number(/actually processed: (\d+)/.exec(said)?.[1]);
    const perSecond = Number(/^tps = ([\d.]+) \(without initial/m.exec(said)?.[1]);
    const failed = Number(/number of failed transactions: (\d+)/.exec(said)?.[1] ?? 0);
    if (!(answered > 0 && perSecond > 0) || failed > 0)
      throw new Error(`pgbench upsert, ${connections} connections: it said\n${said.trim()}`);
    this.#writes += answered;
    const sorted = (await this.#latencies()).sort();
    return {
      answered,
      seconds: answered / perSecond,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      p999: percentile(sorted, 0.999),
      max: percentile(sorted, 1),
      // It is generator and peer in one.
      generatorCpu: 0,
      lagP99: 0,
    };
  }

  async #run(connections: number, seconds: number): Promise<string> {
    const args = ['-n', '-M', 'prepared', '-c', String(connections), '-j', '1', '-T', String(seconds)];
    const log = ['-l', '--log-prefix', join(this.#folder, 'latency')];
    const files = ['-f', join(this.#folder, 'upsert.sql'), '-D', `data=${'x'.repeat(bytes)}`];
    const running = run(this.#path, [...args, ...log, ...files], {
      env: { ...environmentOf(this.#url), LC_ALL: 'C' },
      timeout: (seconds + 30) * 1000,
    });
    killAtExit(running.child);
    const { stdout } = await running.catch((error: unknown) => {
      throw new Error(`pgbench upsert, ${connections} connections: ${textOf(error)}`, { cause: error });
    });
    return stdout;
  }

  /** What is not as it said. */
  async problems(): Promise<string[]> {
    const [row] = await query(
      this.#url,
      'select sum(written)::int as written, bool_and(length(data) = $1) as whole from floor',
      [bytes],
    );
    return [
      ...(row?.written === this.#writes
        ? []
        : [`pgbench upsert: ${this.#writes} writes, ${String(row?.written)} in the table`]),
      ...(row?.whole === true ? [] : ['pgbench upsert: a row does not hold what was written']),
    ];
  }

  /** ms. A line for each transaction: client, number, microseconds, … */
  async #latencies(): Promise<Float64Array> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith('latency'));
    const files = names.map((name) => join(this.#folder, name));
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    await Promise.all(files.map((file) => rm(file)));
    const lines = texts.flatMap((text) => text.trimEnd().split('\n'));
    return Float64Array.from(lines, (line) => Number(line.split(' ')[2]) / 1000);
  }
}

/** As libpq reads them: a password does not stand in the list of processes that way. */
function environmentOf(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const settings = {
    PGHOST: searchParams.get('host') ?? decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode') ?? '',
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));
}

async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

function textOf(error: unknown): string {
  const said = (error as { readonly stderr?: unknown }).stderr;
  return typeof said === 'string' && said !== '' ? said.trim() : String(error);
}
