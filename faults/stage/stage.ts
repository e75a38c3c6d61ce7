// One row's surroundings: a database of its own, the service, what stands between, the traffic, the ledger.

import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryResultRow, Client } from 'pg';
import { Random } from '../../testbed/random.ts';
import { Balancer } from './balancer.ts';
import type { Harness } from './harness.ts';
import { Ledger } from './ledger.ts';
import { LogSearch } from './log-search.ts';
import type { Postgres } from './postgres.ts';
import { Service } from './service.ts';
import type { Setting } from './setting.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { Traffic } from './traffic.ts';

export interface Recovery {
  readonly seconds: number;
  readonly how: 'alone' | 'by hand';
}

/** A service of an application: its role is nobody special, so that the slots kept for superusers are not for it. */
const role = 'mirror';
/** Its own word, so that it can be looked for in what the service writes. */
const password = 'password-of-the-role-mirror';
const key = 'the harness signs with this key.';
export const secret = `whsec_${Buffer.from(key).toString('base64')}`;
const patienceMs = 30_000;
/** As long as Svix waits for an answer: more without a 200 is no pause, it is an outage. */
const longestPauseMs = 15_000;

export class Stage {
  readonly postgres: Postgres;
  readonly database: string;
  readonly service: Service;
  readonly second: Service;
  readonly random: Random;
  readonly ledger = new Ledger();
  readonly scale: number;
  readonly recoveries: Recovery[] = [];
  /** The longest times without a 200, ms, where they were looked at. */
  readonly pauses: number[] = [];
  /** When the last fault was over. */
  overAt = performance.now();
  readonly logs: LogSearch;
  /** What a row saw that must not be, besides what is looked for after every row. */
  readonly problems: string[] = [];
  readonly folder: string;
  readonly #proxy: TcpProxy | undefined;
  readonly #balancer: Balancer | undefined;
  readonly #close: () => Promise<void>;
  readonly #seed: string;
  #traffic: Traffic | undefined;

  private constructor(parts: {
    harness: Harness;
    database: string;
    services: [Service, Service];
    seed: string;
    scale: number;
    proxy: TcpProxy | undefined;
    balancer: Balancer | undefined;
    logs: LogSearch;
    close: () => Promise<void>;
  }) {
    this.postgres = parts.harness.postgres;
    this.folder = parts.harness.folder;
    this.database = parts.database;
    [this.service, this.second] = parts.services;
    this.#seed = parts.seed;
    this.random = new Random(`fault:${parts.seed}`);
    this.scale = parts.scale;
    this.#proxy = parts.proxy;
    this.#balancer = parts.balancer;
    this.logs = parts.logs;
    this.#close = parts.close;
  }

  static async open(
    harness: Harness,
    { name, route, balancing, ...setting }: Setting,
    seed: string,
    scale: number,
  ): Promise<Stage> {
    const { postgres, folder, services } = harness;
    const database = `faults_${name.replaceAll('-', '_')}`;
    const closers: (() => Promise<unknown>)[] = [];
    const close = async (): Promise<void> => {
      for (const each of closers.splice(0).reverse()) await each();
    };
    try {
      const place = await setting.prepare?.(harness);
      if (place !== undefined) closers.push(() => place.close());
      await createDatabase(postgres, database, place?.tablespace);
      closers.push(() => postgres.query('postgres', `drop database if exists ${database} with (force)`));
      const proxy = route === 'proxy' ? await TcpProxy.open(postgres.port) : undefined;
      if (proxy !== undefined) closers.push(() => proxy.close());
      const environment = {
        WEBHOOK_SECRET: secret,
        DATABASE_URL: `postgres://${role}:${password}@127.0.0.1:${proxy?.port ?? postgres.port}/${database}`,
      };
      const logs = new LogSearch([secret.slice('whsec_'.length), key, password]);
      const create = async (): Promise<Service> => {
        const service = await Service.create({ folder, environment, logs });
        services.add(service);
        closers.push(async () => {
          await service.end('SIGKILL');
          services.delete(service);
        });
        return service;
      };
      const both: [Service, Service] = [await create(), await create()];
      await both[0].start();
      const ports = both.map(({ port }) => port);
      const balancer = route === 'balancer' ? await Balancer.open(ports, balancing) : undefined;
      if (balancer !== undefined) closers.push(() => balancer.close());
      return new Stage({ harness, database, services: both, seed, scale, proxy, balancer, logs, close });
    } catch (error) {
      await close();
      throw error;
    }
  }

  get proxy(): TcpProxy {
    if (this.#proxy === undefined) throw new Error('this row has no proxy');
    return this.#proxy;
  }

  get balancer(): Balancer {
    if (this.#balancer === undefined) throw new Error('this row has no balancer');
    return this.#balancer;
  }

  get traffic(): Traffic {
    if (this.#traffic === undefined) throw new Error('nothing is sent yet');
    return this.#traffic;
  }

  /** Where senders knock. */
  get url(): string {
    return this.#balancer === undefined ? this.service.url : `http://127.0.0.1:${this.#balancer.port}`;
  }

  /** Sends, and returns when the tables are no longer empty. */
  async flow(): Promise<void> {
    const { url, ledger, logs } = this;
    this.#traffic = new Traffic({ url, secret, seed: this.#seed, ledger, logs });
    while (this.ledger.acknowledged.size < 300) await sleep(20);
  }

  /** How often, or for how many milliseconds, at this scale. */
  scaled(full: number, least: number): number {
    return Math.max(least, Math.round(full * this.scale));
  }

  pause(leastMs: number, mostMs = leastMs): Promise<void> {
    return sleep(this.random.int(leastMs, mostMs));
  }

  query<R extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
    return this.postgres.query<R>(this.database, sql, values);
  }

  session(): Promise<Client> {
    return this.postgres.connect(this.database);
  }

  /** Sessions of the service, ended from outside. -> how many */
  async cutSessions(limit: number | null = null): Promise<number> {
    const cut = await this.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = $1 order by random() limit $2`,
      [role, limit],
    );
    return cut.length;
  }

  /** How often the balancer let nobody in; 0 where there is none. */
  get refusedByBalancer(): number {
    return this.#balancer?.refused ?? 0;
  }

  /** A fault during which 200s go on: notes also the longest time without one, until the first after it. */
  async goesOn<T>(deed: () => Promise<T>, mostMs = longestPauseMs): Promise<T> {
    const longest = this.ledger.watchPauses();
    const result = await deed();
    await this.recovered();
    const ms = longest();
    this.pauses.push(ms);
    if (ms > mostMs)
      this.problems.push(`${(ms / 1000).toFixed(1)} s without a 200, where they were to go on`);
    return result;
  }

  /** The fault is over (or was, at `since`): notes how long it takes to the next 200. */
  async recovered(since = performance.now()): Promise<void> {
    this.overAt = since;
    const alone = await this.ledger.nextAcknowledgement(patienceMs);
    if (alone !== undefined) {
      this.recoveries.push({ seconds: (alone - since) / 1000, how: 'alone' });
      return;
    }
    await this.service.end('SIGKILL');
    await this.service.start();
    const helped = await this.ledger.nextAcknowledgement(patienceMs);
    if (helped === undefined) throw new Error('nothing was acknowledged again, not even after a restart');
    this.recoveries.push({ seconds: (helped - since) / 1000, how: 'by hand' });
  }

  async close(): Promise<void> {
    await this.#traffic?.abort();
    await this.#close();
  }
}

async function createDatabase(
  postgres: Postgres,
  name: string,
  tablespace: string | undefined,
): Promise<void> {
  const roles = await postgres.query('postgres', 'select from pg_roles where rolname = $1', [role]);
  if (roles.length === 0)
    await postgres.query('postgres', `create role ${role} login password '${password}'`);
  await postgres.query('postgres', `drop database if exists ${name} with (force)`);
  const place = tablespace === undefined ? '' : `tablespace ${tablespace}`;
  await postgres.query('postgres', `create database ${name} owner ${role} ${place}`);
}
