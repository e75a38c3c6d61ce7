// What is compared, in one shape: something that is measured at a number of connections, and whose rows can be checked.

import { checkMirror, checkPlain } from '../check-rows.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import type { MeasureOrder, Measurement } from '../load/protocol.ts';
import { Peer, type PeerName, type ServerName } from './peer.ts';
import type { Pgbench } from './pgbench.ts';
import type { SinkName } from './sink.ts';

export interface Contestant {
  readonly name: PeerName;
  /** Its first process; undefined: it has none between measurements. */
  readonly pid: number | undefined;
  /** Asked once, before it is measured with so many connections. */
  entryAt(connections: number): Promise<Entry>;
  measure(connections: number, seconds: number): Promise<Measurement>;
  /** The same where no figure is made of it: the first time, slow as it may be. -> requests per second. */
  warm(connections: number, seconds: number): Promise<number>;
  /** Gives it the rows that are to be there: all events that are prepared. Once, before anything else. */
  fill(events: number): Promise<void>;
  check(): Promise<RowCheck>;
  peakMemory(): Promise<number | undefined>;
}

export interface Entry {
  readonly takesPart: boolean;
  /** What people must know of it. */
  readonly note?: string;
}

export interface RowCheck {
  /** What was found right, for people; undefined: it stores nothing. */
  readonly right: string | undefined;
  readonly problems: readonly string[];
}

export interface ContestSetting {
  readonly folder: string;
  readonly sink: SinkName;
  readonly load: LoadGenerator;
  readonly secret: string;
  newDatabase(purpose: string): Promise<string>;
}

export interface OwnDatabase {
  readonly url: string;
  /** Another way to it. */
  readonly reachedBy: string;
  /** In which the load generator keeps what was acknowledged. */
  readonly book: string;
}

async function newDatabase(name: ServerName, setting: ContestSetting): Promise<OwnDatabase> {
  const url = await setting.newDatabase(name.replaceAll(/\W+/g, '_'));
  return { url, reachedBy: url, book: name };
}

/** The number of connections is not enough to share between two. */
const tooFewForTwo = 64;
const fillConnections = 64;
/** pgbench's clients: fewer do not keep Postgres busy; some connections are left for the peers' pools to grow. */
const fewestClients = 16;
const keptFree = 5;

export class ServerContestant implements Contestant {
  readonly name: ServerName;
  readonly peer: Peer;
  readonly #load: LoadGenerator;
  readonly #database: OwnDatabase | undefined;
  readonly #book: string;

  private constructor(peer: Peer, load: LoadGenerator, database: OwnDatabase | undefined) {
    this.name = peer.name;
    this.peer = peer;
    this.#load = load;
    this.#database = database;
    this.#book = database?.book ?? peer.name;
  }

  /** With a new database of its own, unless one is given. */
  static async start(
    name: ServerName,
    setting: ContestSetting,
    given?: OwnDatabase,
  ): Promise<ServerContestant> {
    const stores = name !== 'guide handler' && name !== 'verify only';
    const database = given ?? (stores ? await newDatabase(name, setting) : undefined);
    const settings = {
      WEBHOOK_SECRET: setting.secret,
      ...(database === undefined ? {} : { DATABASE_URL: database.reachedBy }),
    };
    const peer = await Peer.start(name, setting.folder, settings, setting.sink);
    return new ServerContestant(peer, setting.load, database);
  }

  get pid(): number {
    return this.peer.pid;
  }

  entryAt(connections: number): Promise<Entry> {
    return Promise.resolve({ takesPart: this.name !== 'clerk-mirror ×2' || connections >= tooFewForTwo });
  }

  measure(connections: number, seconds: number): Promise<Measurement> {
    return this.#load.measure(this.#order(connections, seconds)).catch((error: unknown) => {
      // A connection that was reset does not tell that its server is gone.
      if (this.peer.ended === undefined) throw error;
      throw new Error(`${this.name} ended in the middle of it: ${this.peer.ended}`, { cause: error });
    });
  }

  async warm(connections: number, seconds: number): Promise<number> {
    const { answered, seconds: took } = await this.#load.send(this.#order(connections, seconds));
    return answered / took;
  }

  async fill(events: number): Promise<void> {
    if (this.#database === undefined) return;
    // A hundred a second is far below any of them.
    const { answered } = await this.#load.send(this.#order(fillConnections, events / 100));
    if (answered !== events)
      throw new Error(`${this.name} took ${answered} of ${events} events at the start`);
  }

  async check(): Promise<RowCheck> {
    if (this.#database === undefined) return { right: undefined, problems: [] };
    const expected = await this.#load.expect(this.#book);
    const check = this.name.startsWith('clerk-mirror') ? checkMirror : checkPlain;
    const { messages, users, sessions, organizations, problems } = await check(
      this.#database.url,
      expected,
      this.#book,
    );
    return {
      right: `${this.#book}: ${messages} messages, ${users} users, ${sessions} sessions, ${organizations} organizations`,
      problems,
    };
  }

  peakMemory(): Promise<number | undefined> {
    return this.peer.peakMemory();
  }

  #order(connections: number, seconds: number): MeasureOrder {
    const pace = { kind: 'closed', connections } as const;
    return { peer: this.#book, port: this.peer.port, pace, seconds };
  }
}

export class PgbenchContestant implements Contestant {
  readonly name = 'pgbench upsert';
  readonly pid = undefined;
  readonly #pgbench: Pgbench;
  readonly #freeConnections: () => Promise<number>;
  /** By the number of connections that the others have. */
  readonly #clients = new Map<number, number>();

  constructor(pgbench: Pgbench, freeConnections: () => Promise<number>) {
    this.#pgbench = pgbench;
    this.#freeConnections = freeConnections;
  }

  /** With what the server has left, where that is fewer: a floor it is all the same. */
  async entryAt(connections: number): Promise<Entry> {
    const clients = Math.min(connections, (await this.#freeConnections()) - keptFree);
    this.#clients.set(connections, clients);
    if (clients >= connections) return { takesPart: true };
    const has = 'the server has no more connections left';
    return clients < fewestClients
      ? { takesPart: false, note: `${this.name} at ${connections} connections is not measured: ${has}` }
      : {
          takesPart: true,
          note: `${this.name} at ${connections} connections is measured with ${clients}: ${has}`,
        };
  }

  measure(connections: number, seconds: number): Promise<Measurement> {
    return this.#pgbench.measure(this.#clients.get(connections) ?? connections, seconds);
  }

  async warm(connections: number, seconds: number): Promise<number> {
    const { answered, seconds: took } = await this.measure(connections, seconds);
    return answered / took;
  }

  /** Its rows are there from its start. */
  fill(): Promise<void> {
    return Promise.resolve();
  }

  async check(): Promise<RowCheck> {
    return { right: undefined, problems: await this.#pgbench.problems() };
  }

  peakMemory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
