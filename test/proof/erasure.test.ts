// Whatever is delivered while deleted users and organizations are being erased, in whatever order: nothing of them is left, all else is as ever.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { templateName } from '../support/template.ts';
import { openArena, type Arena } from '../property/arena.ts';
import { erasedRows } from '../property/erased.ts';
import { checkErasure } from '../property/erasure.ts';
import { checkProperty } from '../property/property.ts';
import { describeFailure } from '../property/report.ts';

const wantedHistories = 600;
/** Far more than it takes, so that a busy machine is no failure. */
const mostMs = 600_000;

let arena: Arena;

beforeAll(async () => {
  arena = await openArena(templateName);
});
afterAll(() => arena.close());

test(`${wantedHistories} random histories with erasures in between`, async () => {
  const { PROPERTY_SEED, PROPERTY_PATH } = process.env;
  let erased = 0;
  const outcome = await checkProperty(arena, {
    seed: PROPERTY_SEED === undefined ? randomInt(2 ** 31) : Number(PROPERTY_SEED),
    path: PROPERTY_PATH,
    histories: wantedHistories,
    until: Date.now() + mostMs,
    check: checkErasure,
    onHistory(_history, expected) {
      if (erasedRows(expected).size > 0) erased++;
    },
  });
  if (outcome.failed) throw new Error(describeFailure(outcome, true));
  if (PROPERTY_PATH !== undefined) return;
  expect(outcome.numRuns).toBe(wantedHistories);
  expect(erased).toBeGreaterThan(wantedHistories / 10);
}, 660_000);
