// How the connections of a Knex pool are at work now.

import type { Database } from './database.ts';
import type { PoolConnections } from '../platform/metrics.ts';

export function poolConnections({ knex }: Pick<Database, 'knex'>): PoolConnections {
  // Knex has no types for its pool, which is tarn's.
  const { pool } = knex.client as {
    readonly pool?: { numUsed(): number; numFree(): number; numPendingAcquires(): number };
  };
  return {
    used: pool?.numUsed() ?? 0,
    idle: pool?.numFree() ?? 0,
    waiting: pool?.numPendingAcquires() ?? 0,
  };
}
