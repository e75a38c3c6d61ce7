// What a reconcile of a mirror costs that equals Clerk: it must write nothing.

import { finishedRun, rowsWritten } from './mirror-tables.ts';
import type { Stage } from './stage.ts';

export interface Compared {
  readonly users: number;
  readonly seconds: number;
  readonly rowsWritten: number;
  readonly peakMemoryMb: number | undefined;
  readonly requests: Readonly<Record<string, number>>;
}

/** `url`: a mirror that was filled with so many users. */
export async function compare(stage: Stage, url: string, users: number): Promise<Compared> {
  await stage.clerk.users(users);
  const before = await rowsWritten(url);
  const { peakMemoryMb } = await stage.run(['reconcile', '--fix'], url);
  const written = (await rowsWritten(url)) - before;
  const { requests } = await stage.clerk.tell();
  const { seconds, counts } = await finishedRun(url, 'reconcile', 'users');
  const { rows = 0, missing = 0, stale = 0, gone = 0 } = counts;
  if (missing + stale + gone > 0 || rows !== users)
    throw new Error(`a mirror that was just filled differs from Clerk: ${JSON.stringify(counts)}`);
  return { users: rows, seconds, rowsWritten: written, peakMemoryMb, requests };
}
