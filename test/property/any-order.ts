// Random histories for docs/GUARANTEES.md: any order, any repetition, any batches, two services at once, end in the model's rows.

import { randomInt } from 'node:crypto';
import type { Arena } from './arena.ts';
import type { History } from './history.ts';
import { checkProperty } from './property.ts';
import { describeFailure } from './report.ts';

/** Far more than it takes, so that a failing history can be shortened and a busy machine is no failure. */
const mostMs = 600_000;

/** What the histories of a run were about. */
export interface Coverage {
  readonly runs: number;
  /** Kinds of events and of delivery, by the number of histories that had one. */
  readonly met: ReadonlyMap<string, number>;
  /** `table.column`, each that held a value. */
  readonly columns: ReadonlySet<string>;
  /** PROPERTY_PATH asked for one history: its coverage says nothing. */
  readonly isOneHistory: boolean;
}

/**
 * Runs random histories, or the one of PROPERTY_SEED and PROPERTY_PATH.
 * @throws Error that tells the shortest history found whose rows are not the model's
 */
export async function checkAnyOrder(arena: Arena, histories: number): Promise<Coverage> {
  const { PROPERTY_SEED, PROPERTY_PATH } = process.env;
  const met = new Map<string, number>();
  const columns = new Set<string>();
  const outcome = await checkProperty(arena, {
    seed: PROPERTY_SEED === undefined ? randomInt(2 ** 31) : Number(PROPERTY_SEED),
    path: PROPERTY_PATH,
    histories,
    until: Date.now() + mostMs,
    onHistory(history, expected) {
      for (const what of aboutOf(history)) met.set(what, (met.get(what) ?? 0) + 1);
      for (const [table, rows] of expected)
        for (const row of rows.values())
          for (const [column, value] of Object.entries(row))
            if (value !== null) columns.add(`${table}.${column}`);
    },
  });
  if (outcome.failed) throw new Error(describeFailure(outcome));
  return { runs: outcome.numRuns, met, columns, isOneHistory: PROPERTY_PATH !== undefined };
}

export const deliveryKinds = ['a repetition', 'batches that overlap', 'a corrected mapping'] as const;

function aboutOf({ steps, cuts, again }: History): Set<string> {
  const [repetition, overlap, correction] = deliveryKinds;
  return new Set([
    ...steps.map(({ what }) => what),
    ...(steps.some(({ places }) => places.length > 1) ? [repetition] : []),
    ...(cuts.some(({ overlaps }) => overlaps) ? [overlap] : []),
    ...(again === null ? [] : [correction]),
  ]);
}
