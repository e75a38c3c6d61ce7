// Waiting for what comes about by itself: a condition, and a limit that only a fault reaches, however busy the machine is.

import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again. `withinMs`: after that it is an error. -> how long it took, ms */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 45_000,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
  return performance.now() - startedAt;
}
