// The log that clerk-mirror writes right after a checkpoint, when every page that is touched first is logged whole.

import type { Contest } from '../contest.ts';

/** Bytes of an event by number of connections; undefined: the role may not make a checkpoint. */
export async function walAfterCheckpoint(
  { server, meter, mirror, load }: Contest,
  connections: readonly number[],
  seconds: number,
): Promise<ReadonlyMap<number, number> | undefined> {
  const bytes = new Map<number, number>();
  for (const count of connections) {
    await load.prepare(Math.ceil(10_000 * seconds));
    if (!(await server.checkpoint())) return undefined;
    const { costs } = await meter.during(mirror.pid, () => mirror.measure(count, seconds));
    bytes.set(count, costs.walBytes);
  }
  return bytes;
}
