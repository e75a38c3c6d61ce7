// Where the mirror lives: its Postgres, and the processes that serve it.

import { inTransaction } from '../../database/transaction.ts';
import type { Database } from '../../database/database.ts';
import { statement } from '../../database/statement.ts';

export interface Place {
  readonly version: string;
  readonly connections: number;
  readonly mostConnections: number;
  /** Nothing can be stored there. */
  readonly isReadOnly: boolean;
  readonly processes: readonly ServiceProcess[];
}

export interface ServiceProcess {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly started_at: Date;
  readonly seen_at: Date;
}

const limits = { lockMs: 500, totalMs: 3000 };

export async function readPlace(database: Database): Promise<Place> {
  const server = statement(`select current_setting('server_version') as version,
    (select count(*)::float8 from pg_stat_activity where datname = current_database()) as connections,
    current_setting('max_connections')::float8 as "mostConnections",
    pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as "isReadOnly"`);
  // Who was silent three times is gone, or cannot reach the database.
  const alive = statement(`select host, pid, version, started_at, seen_at
    from "${database.schema}".service_processes
    where seen_at > clock_timestamp() - interval '35 seconds' order by host, pid limit 100`);
  return inTransaction(database, limits, async (transaction) => {
    const [found] = await transaction.run<Omit<Place, 'processes'>>(server, []);
    const processes = await transaction.run<ServiceProcess>(alive, []);
    if (found === undefined) throw new Error('a server without a version');
    return { ...found, processes };
  });
}
