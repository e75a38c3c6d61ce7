// What is compared, in one shape: something that is measured at a number of connections, and whose rows can be checked.

import type { LoadGenerator, LoadOrder, Measurement } from '../../testbed/load/load-generator.ts';
import { checkMirror, checkPeer } from '../check-rows.ts';
import type { Server } from '../server.ts';
import { mirrorNames, Peer, type PeerName, type ServerName } from './peer.ts';
import type { Pgbench } from './pgbench.ts';

/** A peer that can be measured. */
export interface Contestant {
  readonly name: PeerName;
  /** Its first process; undefined: it has none between measurements. */
  readonly pid: number | undefined;
  /** Fills it with the rows that steady traffic starts from: with all events that are prepared. */
  fill(events: number): Promise<void>;
  /** Without a figure: compiles code and opens connections. */
  warmUp(connections: number, seconds: number): Promise<void>;
  measure(connections: number, seconds: number): Promise<Measurement>;
  check(): Promise<{
    /** What was found right. */ readonly right?: string;
    readonly problems: readonly string[];
  }>;
  /** MB; undefined where the system does not tell. */
  peakMemory(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** What peers are started with. */
export interface ContestSetting {
  readonly folder: string;
  readonly server: Server;
  readonly load: LoadGenerator;
  readonly secret: string;
}

/** A database that was made for a peer. */
export interface OwnDatabase {
  readonly url: string;
  /** Another URL of it, for the peer. */
  readonly reachedBy: string;
  /** The name under which the load generator collects what was acknowledged. */
  readonly book: string;
}

const fillConnections = 64;
/** Far below what any of them does. */
const leastEventsPerSecond = 100;
/** For the pools of the peers, which still grow. */
const connectionsLeftFree = 5;
/** How many were started, by name. */
const started = new Map<ServerName, number>();

/** One of the servers. */
export class ServerContestant implements Contestant {
  readonly name: ServerName;
  readonly peer: Peer;
  readonly #setting: ContestSetting;
  readonly #database: OwnDatabase | undefined;
  readonly #book: string;

  private constructor(peer: Peer, setting: ContestSetting, book: string, database: OwnDatabase | undefined) {
    this.name = peer.name;
    this.peer = peer;
    this.#setting = setting;
    this.#book = book;
    this.#database = database;
  }

  /** With a new database of its own, unless one is given. */
  static async start(
    name: ServerName,
    setting: ContestSetting,
    given?: OwnDatabase,
  ): Promise<ServerContestant> {
    const number = (started.get(name) ?? 0) + 1;
    started.set(name, number);
    const book = given?.book ?? (number === 1 ? name : `${name} #${number}`);
    const stores = name !== 'guide handler' && name !== 'verify only';
    const url = given?.url ?? (stores ? await setting.server.createDatabase(book) : undefined);
    const database = url === undefined ? undefined : (given ?? { url, reachedBy: url, book });
    const peer = await Peer.start(name, setting.folder, {
      WEBHOOK_SECRET: setting.secret,
      ...(database === undefined ? {} : { DATABASE_URL: database.reachedBy }),
    });
    return new ServerContestant(peer, setting, book, database);
  }

  get pid(): number {
    return this.peer.pid;
  }

  async fill(events: number): Promise<void> {
    if (this.#database === undefined) return;
    const order = this.#order(fillConnections, events / leastEventsPerSecond);
    const { answered } = await this.#setting.load.send(order);
    if (answered !== events)
      throw new Error(`${this.name} took ${answered} of ${events} events at the start`);
  }

  async warmUp(connections: number, seconds: number): Promise<void> {
    await this.#setting.load.send({ ...this.#order(connections, seconds), isPrepared: false });
  }

  measure(connections: number, seconds: number): Promise<Measurement> {
    return this.#measure(this.#order(connections, seconds));
  }

  /** At a fixed rate of arrival, requests/s; with the latency of each request. */
  measureOpen(connections: number, seconds: number, rate: number): Promise<Measurement> {
    const order = { ...this.#order(connections, seconds), isPrepared: false };
    return this.#measure({ ...order, rate, keepsLatencies: true });
  }
  async check(): ReturnType<Contestant['check']> {
    if (this.#database === undefined) return { problems: [] };
    const expected = await this.#setting.load.expectation(this.#book);
    const { url } = this.#database;
    const checked = mirrorNames.includes(this.name)
      ? await checkMirror(url, expected, { name: this.#book })
      : await checkPeer(url, expected, this.#book);
    const { messages, users, sessions, organizations, problems } = checked;
    const right = `${this.name}: ${messages} messages, ${users} users, ${sessions} sessions, ${organizations} organizations`;
    return { right, problems };
  }

  peakMemory(): Promise<number | undefined> {
    return this.peer.peakMemory();
  }

  /** Drops its database, too. */
  async close(): Promise<void> {
    await this.peer.stop();
    if (this.#database !== undefined) await this.#setting.server.dropDatabase(this.#database.url);
  }

  #measure(order: LoadOrder): Promise<Measurement> {
    return this.#setting.load.measure(order).catch((error: unknown) => {
      // That a connection was reset does not say that its server has ended.
      if (this.peer.ended === undefined) throw error;
      throw new Error(`${this.name} ended during the measurement: ${this.peer.ended}`, { cause: error });
    });
  }

  #order(connections: number, seconds: number): LoadOrder {
    return { service: this.#book, port: this.peer.port, connections, seconds, isPrepared: true };
  }
}

/** The floor of the database. It fills its table by itself, and makes its own load. */
export class PgbenchContestant implements Contestant {
  readonly name = 'pgbench upsert';
  readonly pid = undefined;
  readonly #pgbench: Pgbench;
  readonly #server: Server;
  /** Clients by number of connections, where the server had no more left. */
  readonly #fewer = new Map<number, number>();

  constructor(pgbench: Pgbench, server: Server) {
    this.#pgbench = pgbench;
    this.#server = server;
  }

  fill(): Promise<void> {
    return Promise.resolve();
  }

  async warmUp(connections: number, seconds: number): Promise<void> {
    await this.measure(connections, seconds);
  }

  async measure(connections: number, seconds: number): Promise<Measurement> {
    const free = Math.max(1, (await this.#server.freeConnections()) - connectionsLeftFree);
    if (free < connections) this.#fewer.set(connections, free);
    return this.#pgbench.measure(Math.min(connections, free), seconds);
  }

  async check(): ReturnType<Contestant['check']> {
    const fewer = [...this.#fewer].map(([connections, clients]) => `${clients} clients for ${connections}`);
    const problems = await this.#pgbench.problems();
    return { right: [`${this.name}: all writes`, ...fewer].join(', '), problems };
  }

  peakMemory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
