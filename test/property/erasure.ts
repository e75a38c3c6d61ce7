// The guarantee while deleted users and organizations are being erased: nothing of them is left, and all else is as ever.

import { isDeepStrictEqual } from 'node:util';
import { deliver, inOrder, intoBatches } from './delivery.ts';
import { differencesAfterErasure, forgottenMessages } from './erased.ts';
import { eventsOf } from './events.ts';
import { expectedTables } from './expected.ts';
import { Discrepancy, type CheckHistory } from './property.ts';
import { messageOf } from './service.ts';

/** Both services erase all the while that messages come. */
export const checkErasure: CheckHistory = async (arena, { steps, cuts, again }, prefix) => {
  const events = eventsOf(steps, prefix);
  const expected = expectedTables(events);
  const messages = inOrder(events.map(messageOf), (index) => steps[index]!.places);
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
  const compare = async (when: string): Promise<void> => {
    await arena.services[0].erase();
    const differences = differencesAfterErasure(expected, await arena.read(prefix));
    const [gone, wanted] = [await arena.bodiless(prefix), forgottenMessages(events, expected)];
    if (!isDeepStrictEqual(gone, wanted))
      differences.push({
        table: 'inbox_messages',
        id: 'those without body',
        column: '*',
        expected: wanted,
        actual: gone,
      });
    if (differences.length > 0) throw new Discrepancy(when, differences, prefix);
  };
  await compare('after the delivery and the erasure');
  if (again === null) return expected;
  // Repeated deliveries and replays of what is still there bring nothing back.
  await deliver(intoBatches(messages, again.cuts), arena.services, (service, batch) => service.flush(batch));
  const stored = await arena.appliedMessages(prefix);
  await deliver(intoBatches(stored, again.cuts), arena.services, (service, batch) =>
    service.applyAgain(batch),
  );
  await compare('after every message was delivered and applied again, and the erasure');
  return expected;
};
