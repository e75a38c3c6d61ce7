// Looks at everything the service needs and says what to mend.

import type { ClerkApi } from '../clerk/api/clerk-api.ts';
import { codeOf, MirrorError } from '../platform/errors.ts';
import type { Database } from '../database/database.ts';
import { pendingMigrations } from '../database/migrate.ts';
import { checkInstance } from '../sync/instance.ts';

export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  /** What to do; absent when all is well. */
  readonly mend?: string;
}

const oldestPostgres = 140000;
const newestTried = 190000;
/** Svix refuses a timestamp 5 minutes off; a clock this far off is on its way there. */
const clockToleranceMs = 30_000;

export async function examineDatabase(database: Database): Promise<Finding[]> {
  return [await examineServer(database), await examineSchema(database), await examineClock(database)];
}

async function examineServer({ knex }: Database): Promise<Finding> {
  const found = await knex.raw<{
    rows: { version: string; number: string; readonly: string; commit: string }[];
  }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
      current_setting('transaction_read_only') as readonly, current_setting('synchronous_commit') as commit`,
  );
  const { version = '?', number = '0', readonly = 'off', commit = 'on' } = found.rows[0] ?? {};
  const check = 'database';
  if (Number(number) < oldestPostgres)
    return {
      check,
      result: 'problem',
      detail: `Postgres ${version}`,
      mend: 'Upgrade to Postgres 14 or newer.',
    };
  if (readonly === 'on')
    return {
      check,
      result: 'problem',
      detail: `Postgres ${version}, read-only`,
      mend: 'DATABASE_URL points to a replica: write the address of the primary.',
    };
  if (commit === 'off')
    return {
      check,
      result: 'problem',
      detail: `Postgres ${version}, synchronous_commit off`,
      mend: 'Set synchronous_commit to on for this role: else what was acknowledged can be lost in a crash.',
    };
  if (Number(number) >= newestTried)
    return {
      check,
      result: 'warning',
      detail: `Postgres ${version}`,
      mend: 'Newer than what clerk-mirror was tried with (14–18).',
    };
  return { check, result: 'ok', detail: `Postgres ${version}` };
}

async function examineSchema(database: Database): Promise<Finding> {
  const check = 'migrations';
  try {
    const pending = await pendingMigrations(database);
    return pending.length === 0
      ? { check, result: 'ok', detail: `schema "${database.schema}" is up to date` }
      : {
          check,
          result: 'warning',
          detail: `${pending.length} not applied to schema "${database.schema}"`,
          mend: 'Start the service, or run `clerk-mirror migrate`.',
        };
  } catch (error) {
    return findingOf(check, error);
  }
}

async function examineClock({ knex }: Database): Promise<Finding> {
  const before = Date.now();
  const found = await knex.raw<{ rows: { now: Date }[] }>('select clock_timestamp() as now');
  const middle = (before + Date.now()) / 2;
  const off = Math.round(middle - (found.rows[0]?.now.getTime() ?? middle));
  const detail = `${Math.abs(off)} ms ${off < 0 ? 'behind' : 'ahead of'} the database's`;
  if (Math.abs(off) <= clockToleranceMs) return { check: 'clock', result: 'ok', detail };
  return {
    check: 'clock',
    result: 'problem',
    detail,
    mend: 'Set both clocks by NTP: deliveries more than 5 minutes off are refused.',
  };
}

/** `database`: undefined where it cannot be asked whose mirror it is. Nothing is written. */
export async function examineClerk(
  api: ClerkApi,
  configuredInstance: string | undefined,
  database: Database | undefined,
): Promise<Finding> {
  const check = 'clerk';
  try {
    const { id, environment, at } = await checkInstance(api, database, configuredInstance);
    const off = at === undefined ? 0 : Date.now() - at;
    const detail = `the key works: ${environment === undefined ? '' : `${environment} `}instance ${id}`;
    if (Math.abs(off) <= clockToleranceMs) return { check, result: 'ok', detail };
    return {
      check,
      result: 'problem',
      detail: `${detail}, and the clock here is ${Math.round(Math.abs(off) / 1000)} s ${off < 0 ? 'behind' : 'ahead of'} Clerk's`,
      mend: 'Set the clock by NTP: deliveries more than 5 minutes off are refused.',
    };
  } catch (error) {
    return findingOf(check, error);
  }
}

/** A failed check as a finding. */
export function findingOf(check: string, error: unknown): Finding {
  if (error instanceof MirrorError)
    return { check, result: 'problem', detail: error.message, mend: error.mend };
  const detail = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown error');
  return { check, result: 'problem', detail, mend: 'Look at the log of the service and of the database.' };
}

/** Does a service answer here? */
export async function examineService(url: string): Promise<Finding> {
  const check = 'service';
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3000) });
    const body = (await answer.json()) as { message?: string };
    return answer.ok
      ? { check, result: 'ok', detail: `${url} is ready` }
      : {
          check,
          result: 'problem',
          detail: `${url} says: ${String(body.message)}`,
          mend: 'See the other checks; the log of the service says more.',
        };
  } catch {
    return {
      check,
      result: 'warning',
      detail: `nothing answers at ${url}`,
      mend: 'Start it with `npm start`.',
    };
  }
}
