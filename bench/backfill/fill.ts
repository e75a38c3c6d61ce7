// How fast an empty mirror is filled, and how much memory that takes.

import { expectRows, finishedRun } from './mirror-tables.ts';
import type { Stage } from './stage.ts';

export interface Filled {
  readonly users: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Of the backfill's process; all the rest of the two cores is Postgres', and the fake's. */
  readonly cpuSeconds: number;
  readonly clerkCpuSeconds: number;
  readonly peakMemoryMb: number | undefined;
  readonly requests: Readonly<Record<string, number>>;
}

/** Into an empty mirror. -> its URL too: it is left there. */
export async function fill(stage: Stage, users: number): Promise<Filled & { readonly url: string }> {
  const url = await stage.newMirror();
  const before = await stage.clerk.users(users);
  const { cpuSeconds, peakMemoryMb } = await stage.run(['backfill'], url);
  const after = await stage.clerk.tell();
  await expectRows(url, after.rows);
  const { seconds } = await finishedRun(url, 'backfill', 'users');
  return {
    url,
    users: after.rows.users ?? 0,
    perSecond: (after.rows.users ?? 0) / seconds,
    seconds,
    cpuSeconds,
    clerkCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    peakMemoryMb,
    requests: after.requests,
  };
}
