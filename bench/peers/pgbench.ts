// The floor of the database: pgbench, in C, upserting one row of about 1 KB by a prepared statement. No HTTP, no signature,
// no message that is stored, and the last commit wins.

import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Measurement } from '../../testbed/load/load-generator.ts';
import { latenciesOf } from '../../testbed/load/statistics.ts';
import { withClient } from '../server.ts';
import { killAtExit } from './peer.ts';

const execute = promisify(execFile);
const bytes = 1000;
const scriptFor = (rows: number): string => `\\set id random(1, ${rows})
insert into floor (id, data) values (:id, :data)
  on conflict (id) do update set data = excluded.data, written = floor.written + 1;
`;

/** @returns its path; undefined when it is not installed. Debian puts it beside the server, not on the PATH */
export async function findPgbench(): Promise<string | undefined> {
  const versions = (await readdir('/usr/lib/postgresql').catch(() => [])).sort(
    (a, b) => Number(b) - Number(a),
  );
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...versions.map((version) => `/usr/lib/postgresql/${version}/bin`),
  ];
  for (const folder of folders) {
    const path = join(folder, 'pgbench');
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

/** pgbench with a table of its own. */
export class Pgbench {
  readonly #path: string;
  readonly #url: string;
  readonly #folder: string;
  /** Those that filled the table included. */
  #writes: number;

  private constructor(path: string, url: string, folder: string, rows: number) {
    this.#path = path;
    this.#url = url;
    this.#folder = folder;
    this.#writes = rows;
  }

  /** Creates a table of so many rows, which are written again and again. */
  static async open(path: string, url: string, folder: string, rows: number): Promise<Pgbench> {
    await withClient(url, async (client) => {
      await client.query(
        'create table floor (id integer primary key, data text not null, written integer not null default 1)',
      );
      await client.query(
        `insert into floor (id, data) select id, repeat('x', $2) from generate_series(1, $1) as id`,
        [rows, bytes],
      );
    });
    const own = await mkdtemp(join(folder, 'pgbench-'));
    await writeFile(join(own, 'upsert.sql'), scriptFor(rows));
    return new Pgbench(path, url, own, rows);
  }

  /** In whole seconds: it knows no others. */
  async measure(connections: number, seconds: number): Promise<Measurement> {
    const whole = Math.max(1, Math.round(seconds));
    let output = await this.#run(connections, whole);
    // Opening its connections is part of its time: on a busy machine nothing may be left of a short one.
    for (let more = 1; more < 3 && / processed: 0\b/.test(output); more += 1)
      output = await this.#run(connections, whole + more);
    const answered = Number(/actually processed: (\d+)/.exec(output)?.[1]);
    const perSecond = Number(/^tps = ([\d.]+) \(without initial/m.exec(output)?.[1]);
    const failed = Number(/number of failed transactions: (\d+)/.exec(output)?.[1] ?? 0);
    if (!(answered > 0 && perSecond > 0) || failed > 0)
      throw new Error(`pgbench upsert, ${connections} connections, printed:\n${output.trim()}`);
    this.#writes += answered;
    return {
      sent: answered,
      answered,
      seconds: answered / perSecond,
      ...latenciesOf(await this.#latencies()),
      // It is generator and peer in one.
      generatorCpu: 0,
      lagP99: 0,
      answers: {},
      refused: { count: 0, ...latenciesOf([]) },
      withoutRetryAfter: 0,
    };
  }

  /** What its table does not have of what it reported. */
  async problems(): Promise<string[]> {
    const { rows } = await withClient(this.#url, (client) =>
      client.query<{ written: number; whole: boolean }>(
        'select sum(written)::int as written, bool_and(length(data) = $1) as whole from floor',
        [bytes],
      ),
    );
    const [row] = rows;
    return [
      ...(row?.written === this.#writes
        ? []
        : [`pgbench upsert: ${this.#writes} writes, ${row?.written ?? 0} in the table`]),
      ...(row?.whole === true ? [] : ['pgbench upsert: a row does not contain what was written']),
    ];
  }

  async #run(connections: number, seconds: number): Promise<string> {
    const args = ['-n', '-M', 'prepared', '-c', String(connections), '-j', '1', '-T', String(seconds)];
    const log = ['-l', '--log-prefix', join(this.#folder, 'latency')];
    const files = ['-f', join(this.#folder, 'upsert.sql'), '-D', `data=${'x'.repeat(bytes)}`];
    const running = execute(this.#path, [...args, ...log, ...files], {
      env: { ...environmentOf(this.#url), LC_ALL: 'C' },
      timeout: (seconds + 30) * 1000,
    });
    killAtExit(running.child);
    const { stdout } = await running.catch((error: unknown) => {
      const { stderr = '' } = error as { readonly stderr?: string };
      const reason = stderr === '' ? String(error) : stderr.trim();
      throw new Error(`pgbench upsert, ${connections} connections: ${reason}`, { cause: error });
    });
    return stdout;
  }

  /** ms. Its log has a line for each transaction: client, number, microseconds, … */
  async #latencies(): Promise<number[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith('latency'));
    const files = names.map((name) => join(this.#folder, name));
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    await Promise.all(files.map((file) => rm(file)));
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
    return lines.map((line) => Number(line.split(' ')[2]) / 1000);
  }
}

/** As libpq reads them: that way the password does not stand in the list of processes. */
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
