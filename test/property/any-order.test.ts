// docs/GUARANTEES.md for random histories: any order, any repetition, any batches, two services at once, end in the model's rows.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { templateName } from '../support/template.ts';
import { openArena, type Arena } from './arena.ts';
import { eventKinds } from './event-kinds.ts';
import type { History } from './history.ts';
import { checkProperty } from './property.ts';
import { describeFailure } from './report.ts';
import { resources } from '../../testbed/model/resources.ts';

const wantedHistories = 2000;
/** Half a minute where the machine has nothing else to do; on a busy one the histories count, not the time. */
const mostMs = 240_000;

let arena: Arena;

beforeAll(async () => {
  arena = await openArena(templateName);
});
afterAll(() => arena.close());

test(`${wantedHistories} random histories end in the model's rows`, async () => {
  const { PROPERTY_SEED, PROPERTY_PATH } = process.env;
  const seed = PROPERTY_SEED === undefined ? randomInt(2 ** 31) : Number(PROPERTY_SEED);
  const met = new Map<string, number>();
  const note = (what: string): void => {
    met.set(what, (met.get(what) ?? 0) + 1);
  };
  const noteHistory = ({ steps, cuts, again }: History): void => {
    for (const what of new Set(steps.map((step) => step.what))) note(what);
    if (steps.some(({ places }) => places.length > 1)) note('a repetition');
    if (cuts.some(({ overlaps }) => overlaps)) note('batches that overlap');
    if (again !== null) note('a corrected mapping');
  };
  const columnsFilled = new Set<string>();

  const outcome = await checkProperty(arena, {
    seed,
    path: PROPERTY_PATH,
    histories: wantedHistories,
    // A failure is shortened for so long at most: a race is not found again each time.
    until: Date.now() + mostMs,
    onHistory(history, expected) {
      noteHistory(history);
      for (const [table, rows] of expected)
        for (const row of rows.values())
          for (const [column, value] of Object.entries(row))
            if (value !== null) columnsFilled.add(`${table}.${column}`);
    },
  });
  if (outcome.failed) throw new Error(describeFailure(outcome));

  // One history run again by its path is not the whole.
  if (PROPERTY_PATH !== undefined) return;
  expect(outcome.numRuns).toBe(wantedHistories);
  // What the histories were about: a generator that lost a kind of step or a column would prove less, silently.
  const wanted = [...eventKinds, 'a repetition', 'batches that overlap', 'a corrected mapping'];
  expect(wanted.filter((what) => (met.get(what) ?? 0) < wantedHistories / 100)).toEqual([]);
  const never = arena.columns.filter((column) => !columnsFilled.has(column));
  const undying = resources.filter(
    ({ deletedBy, owners }) =>
      deletedBy.length === 0 && owners.every(({ whenDeleted }) => whenDeleted !== 'deleted'),
  );
  const empty = undying.map(({ table }) => `${table}.deleted_at`);
  expect(never.filter((column) => !/\.(?:synced_at|erased_at|deleted_by)$/.test(column)).sort()).toEqual(
    empty.sort(),
  );
}, 300_000);
