// Whatever is delivered while deleted users and organizations are being erased, in whatever order: nothing of them is left, all else is as ever.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { templateName } from '../support/template.ts';
import { openArena, type Arena } from './arena.ts';
import { deliver, inOrder, intoBatches } from './delivery.ts';
import { differencesAfterErasure, erasedRows, forgottenMessages } from './erased.ts';
import { eventsOf } from './events.ts';
import { history as histories, type History } from './history.ts';
import { expectedTables } from './model.ts';
import { messageOf } from './service.ts';

const wantedHistories = 600;

let arena: Arena;

beforeAll(async () => {
  arena = await openArena(templateName);
});
afterAll(() => arena.close());

/** -> how many rows were erased */
async function checkErasure({ deeds, cuts, again }: History, prefix: string): Promise<number> {
  const events = eventsOf(deeds, prefix);
  const expected = expectedTables(events);
  const messages = inOrder(events.map(messageOf), (index) => deeds[index]!.places);
  let delivering = true;
  const eraseMeanwhile = arena.services.map(async ({ erase }) => {
    while (delivering) await erase();
  });
  await deliver(intoBatches(messages, cuts), arena.services, (service, batch) =>
    service.flush(batch),
  ).finally(() => {
    delivering = false;
  });
  await Promise.all(eraseMeanwhile);
  const compare = async (): Promise<void> => {
    await arena.services[0].erase();
    expect(differencesAfterErasure(expected, await arena.read(prefix))).toEqual([]);
    expect(await arena.bodiless(prefix)).toEqual(forgottenMessages(events, expected));
  };
  await compare();
  if (again !== null) {
    // Repeated deliveries and replays of what is still there bring nothing back.
    await deliver(intoBatches(messages, again.cuts), arena.services, (service, batch) =>
      service.flush(batch),
    );
    await deliver(
      intoBatches(await arena.appliedMessages(prefix), again.cuts),
      arena.services,
      (service, batch) => service.applyAgain(batch),
    );
    await compare();
  }
  return erasedRows(expected).size;
}

test(`${wantedHistories} random histories with erasures in between`, async () => {
  const { PROPERTY_SEED, PROPERTY_PATH } = process.env;
  let count = 0;
  let erased = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      if (++count % 100 === 0) await arena.empty();
      if ((await checkErasure(history, `e${count}-`)) > 0) erased++;
    }),
    {
      seed: PROPERTY_SEED === undefined ? randomInt(2 ** 31) : Number(PROPERTY_SEED),
      numRuns: wantedHistories,
      // A failure is shortened for so long at most: a race is not found again each time.
      interruptAfterTimeLimit: 120_000,
      ...(PROPERTY_PATH !== undefined && { path: PROPERTY_PATH }),
    },
  );
  if (PROPERTY_PATH !== undefined) return;
  expect(count).toBe(wantedHistories);
  expect(erased).toBeGreaterThan(wantedHistories / 10);
}, 180_000);
