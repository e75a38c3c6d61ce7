// How a transaction of ours begins and ends.

import { statement } from '../platform/statement.ts';

// READ COMMITTED, whatever the role's default: what is read after a lock must be what the lock waited for.
export const begin = statement('begin isolation level read committed');
export const commit = statement('commit');
export const rollback = statement('rollback');

/**
 * A prepared statement keeps the plan of the day it was first used: on tables that were small then it would go on
 * reading them whole. Every statement of ours looks rows up by an index: planned once, it need not be planned again,
 * which Postgres else does each time for statements that take arrays, and which costs more than they do.
 */
export const setLimits =
  statement(`select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
  set_config('plan_cache_mode', 'force_generic_plan', true), pg_backend_pid() as pid`);
