// The audit table: who did what, when, and what came of it. A deed is written down before it is begun.

import type { Database } from '../../database/database.ts';
import { statement, type Connection, type Statement } from '../../database/statement.ts';
import { inTransaction } from '../../database/transaction.ts';

export interface Deed {
  readonly id: string;
  readonly at: Date;
  readonly who: string;
  readonly what: string;
  /** Ids and choices, no personal data. */
  readonly target: string;
  /** How far it is, in words; null: it said nothing yet. */
  readonly progress: string | null;
  /** What it did, or why it could not; null: it is not finished. */
  readonly outcome: string | null;
  readonly is_failed: boolean;
  readonly finished_at: Date | null;
}

export interface Deeds {
  /** -> its id */
  begin(deed: Pick<Deed, 'who' | 'what' | 'target'>): Promise<string>;
  /** Null: it is at work still, and that is all. */
  tell(id: string, progress: string | null): Promise<void>;
  end(id: string, outcome: string, isFailed: boolean): Promise<void>;
  read(id: string): Promise<Deed | undefined>;
  /** The newest first, older than one of them where it is given. */
  list(before: string | undefined, most: number): Promise<Deed[]>;
  /** Those that their process did not live to end are told so. -> how many */
  closeLeftOver(): Promise<number>;
}

const limits = { lockMs: 2000, totalMs: 5000 };
/** Whoever is at work on one says something every minute. */
const silentFor = `interval '10 minutes'`;

export function createDeeds(database: Database): Deeds {
  const begin = statement(
    `insert into "${database.schema}".operator_deeds (at, who, what, target, heard_at) values (clock_timestamp(), $1, $2, $3, clock_timestamp()) returning id::text as id`,
  );
  const tell = statement(
    `update "${database.schema}".operator_deeds as deed set progress = coalesce($2, deed.progress), heard_at = clock_timestamp() where id = $1::bigint and finished_at is null`,
  );
  const end = statement(
    `update "${database.schema}".operator_deeds as deed set outcome = $2, is_failed = $3::boolean, finished_at = clock_timestamp() where id = $1::bigint`,
  );
  const closeLeftOver =
    statement(`update "${database.schema}".operator_deeds as deed set is_failed = true, finished_at = clock_timestamp(),
      outcome = 'Its process ended before it did. What it had done by then is done.'
    where finished_at is null and heard_at < clock_timestamp() - ${silentFor} returning id`);
  const columns = 'id::text as id, at, who, what, target, progress, outcome, is_failed, finished_at';
  const read = statement(`select ${columns} from "${database.schema}".operator_deeds where id = $1::bigint`);
  const list = statement(`select ${columns} from "${database.schema}".operator_deeds
    where id < coalesce($1::bigint, 9223372036854775807) order by operator_deeds.id desc limit $2::int`);

  const run = <R extends object>(sql: Statement, values: readonly unknown[]): Promise<R[]> =>
    inTransaction(
      database,
      limits,
      (connection: Connection) => connection.run(sql, values) as Promise<unknown> as Promise<R[]>,
    );
  return {
    async begin({ who, what, target }) {
      const [row] = await run<{ id: string }>(begin, [who, what, target]);
      return row?.id ?? '';
    },
    async tell(id, progress) {
      await run(tell, [id, progress]);
    },
    async end(id, outcome, isFailed) {
      await run(end, [id, outcome, isFailed]);
    },
    async read(id) {
      return isDeedId(id) ? (await run<Deed>(read, [id]))[0] : undefined;
    },
    list: (before, most) => run<Deed>(list, [before ?? null, most]),
    async closeLeftOver() {
      return (await run(closeLeftOver, [])).length;
    },
  };
}

/** Numbers that fit a bigint. */
export function isDeedId(text: string): boolean {
  return /^[1-9]\d{0,17}$/.test(text);
}
