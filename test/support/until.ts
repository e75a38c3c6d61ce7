// The one way tests wait: for a condition, with a limit that a busy machine does not reach.

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves when `condition` holds, asked every 20 ms.
 * @param what is waited for, in the words of the error
 * @throws Error after `withinMs`, which only a fault reaches
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
}
