// How often sessions of one database are seen to wait for each other's locks: a run in which none ever did would prove nothing.

import knex, { type Knex } from 'knex';

const everyMs = 50;

export interface LockWaits {
  readonly looks: number;
  /** Looks at which somebody waited. */
  readonly waits: number;
  /** At most, at one look. */
  readonly most: number;
}

export class LockWatch {
  readonly #db: Knex;
  #looks = 0;
  #waits = 0;
  #most = 0;

  constructor(url: string) {
    this.#db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  }

  /** While `work` lasts. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const looking = this.#look(over.signal);
    // Told below; before that it must not be an unhandled one.
    looking.catch(() => undefined);
    try {
      return await work();
    } finally {
      over.abort();
      await looking;
    }
  }

  get seen(): LockWaits {
    return { looks: this.#looks, waits: this.#waits, most: this.#most };
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  async #look(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const { rows } = await this.#db.raw<{ rows: { waiting: number }[] }>(
        `select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
      );
      const waiting = rows[0]?.waiting ?? 0;
      this.#looks += 1;
      this.#waits += waiting > 0 ? 1 : 0;
      this.#most = Math.max(this.#most, waiting);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
