// Rows as they are sent to Postgres: the definition of the record that JSON is read into.

import type { Columns } from './columns.ts';
import type { ChildSet, Projection } from './projection.ts';

/** Of an object's row. */
export function recordColumns({ owners, columns }: Projection): string {
  const ids = ['id', ...owners.map(({ column }) => column)].map((name) => `${name} text`);
  const version = ['source_updated_at timestamptz', 'source_event_at timestamptz', 'source_message_id text'];
  return [...ids, ...typed(columns), 'data jsonb', ...version].join(', ');
}

export function childRecord({ idColumn, ownerColumn, columns }: ChildSet): string {
  return `${idColumn} text, ${ownerColumn} text, ${typed(columns).join(', ')}, data jsonb`;
}

/** A table's own columns. */
export function typed(columns: Columns): string[] {
  return Object.entries(columns).map(([name, { sqlType }]) => `${name} ${sqlType}`);
}
