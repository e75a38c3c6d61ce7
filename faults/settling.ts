// What a fault left to be applied later, and how long the service took over it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './stage/stage.ts';

export interface Settling {
  /** Messages stored, and not applied, when the fault was over. */
  readonly pending: number;
  /** From then until none was. */
  readonly seconds: number;
}

/** The backoff of what had to wait: 5 s, 20 s, 80 s. */
const patienceMs = 150_000;

export async function pendingNow(stage: Stage): Promise<number> {
  const [row] = await stage.query<{ pending: number }>(
    `select count(*)::int as pending from clerk.inbox_messages where state = 'pending'`,
  );
  return row?.pending ?? 0;
}

/** Call when the fault is over; events may go on. */
export async function settle(stage: Stage): Promise<Settling> {
  const pending = await pendingNow(stage);
  await untilNothingPending(stage);
  return { pending, seconds: (performance.now() - stage.overAt) / 1000 };
}

/** -> how many were left when the patience ended */
export async function untilNothingPending(stage: Stage): Promise<number> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const pending = await pendingNow(stage);
    if (pending === 0 || performance.now() > giveUpAt) return pending;
    await sleep(250);
  }
}
