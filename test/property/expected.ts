// What the tables and the inbox must hold once the events of a history were delivered, and where they do not.

import { differencesOfRow, type Difference } from '../../testbed/compare-tables.ts';
import { Model, resourceOf, timeOf, type ModelEvent } from '../../testbed/model/model.ts';
import type { Row } from '../../testbed/model/row.ts';
import { digestColumns } from '../../src/projections/projection.ts';
import type { JsonObject } from './variation.ts';

/** By table, and by what names a row in it. */
export type AllTables = ReadonlyMap<string, ReadonlyMap<string, Row>>;

export function expectedTables(events: readonly ModelEvent[]): AllTables {
  const model = new Model();
  for (const event of events) model.learn(event);
  const inbox = new Map(events.map((event) => [event.id, inboxRow(event)]));
  return new Map([...model.tables({ whole: true }), ['inbox_messages', inbox] as const]);
}

function inboxRow(event: ModelEvent): Row {
  const { type } = event.envelope;
  const { id } = event.envelope.data as JsonObject;
  const isApplied = resourceOf(type) !== undefined && id !== undefined;
  return {
    id: event.id,
    type,
    subject_id: id ?? null,
    occurred_at: new Date(timeOf(event)),
    state: isApplied ? 'applied' : 'unhandled',
    attempts: isApplied ? 1 : 0,
    last_error: null,
  };
}

/** When a row was written is no part of the guarantee, and the digest is the service's own. */
const notCompared: readonly string[] = ['synced_at', ...digestColumns];

export function differencesOf(expected: AllTables, actual: AllTables): Difference[] {
  return [...actual].flatMap(([table, rows]) => {
    const wanted = expected.get(table) ?? new Map<string, Row>();
    const missing = [...wanted].filter(([id]) => !rows.has(id));
    return [
      ...missing.map(([id, row]) => ({ table, id, column: '*', expected: row, actual: 'no row' })),
      ...[...rows].flatMap(([id, row]) => {
        const model = wanted.get(id);
        if (model === undefined) return [{ table, id, column: '*', expected: 'no row', actual: row }];
        const columns = [...new Set([...Object.keys(model), ...Object.keys(row)])];
        return differencesOfRow(
          table,
          id,
          model,
          row,
          columns.filter((name) => !notCompared.includes(name)),
        );
      }),
    ];
  });
}
