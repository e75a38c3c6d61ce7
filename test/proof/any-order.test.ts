// Thousands of random histories end in the model's rows; between them they have every kind of event and fill every column.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { resources } from '../../testbed/model/resources.ts';
import { checkAnyOrder, deliveryKinds } from '../property/any-order.ts';
import { openArena, type Arena } from '../property/arena.ts';
import { eventKinds } from '../property/event-kinds.ts';
import { templateName } from '../support/template.ts';

const histories = 2000;

let arena: Arena;

beforeAll(async () => {
  arena = await openArena(templateName);
});
afterAll(() => arena.close());

test(`${histories} random histories end in the model's rows`, async () => {
  const { runs, met, columns, isOneHistory } = await checkAnyOrder(arena, histories);
  if (isOneHistory) return;
  expect(runs).toBe(histories);
  // A generator that lost a kind of event or a column would prove less, silently.
  const kinds = [...eventKinds, ...deliveryKinds];
  expect(kinds.filter((kind) => (met.get(kind) ?? 0) < histories / 100)).toEqual([]);
  const never = arena.columns.filter((column) => !columns.has(column));
  const neverDeleted = resources.filter(
    ({ deletedBy, owners }) =>
      deletedBy.length === 0 && owners.every(({ whenDeleted }) => whenDeleted !== 'deleted'),
  );
  expect(
    never.filter((column) => !/\.(?:synced_at|erased_at|deleted_by|child_digest.*)$/.test(column)).sort(),
  ).toEqual(neverDeleted.map(({ table }) => `${table}.deleted_at`).sort());
}, 660_000);
