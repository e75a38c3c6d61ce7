// Some hundred random histories; `npm run test:proof` runs thousands, and shows what they are about.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { templateName } from '../support/template.ts';
import { checkAnyOrder } from './any-order.ts';
import { openArena, type Arena } from './arena.ts';

const histories = 400;

let arena: Arena;

beforeAll(async () => {
  arena = await openArena(templateName);
});
afterAll(() => arena.close());

test(`${histories} random histories end in the model's rows`, async () => {
  const { runs, isOneHistory } = await checkAnyOrder(arena, histories);
  if (!isOneHistory) expect(runs).toBe(histories);
}, 660_000);
