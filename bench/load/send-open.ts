// Sends prepared requests at a fixed rate: request k is due at start + k / rate, whatever became of those before it, and
// its latency counts from when it was due. While all connections are busy it waits here, and that time counts too.

import { Connection } from './connection.ts';
import type { Sent } from './send-closed.ts';
import { startTicker } from './ticker.ts';

export interface OpenPace {
  readonly perSecond: number;
  readonly connections: number;
}

const shortestTickMs = 0.25;
/** The ticking thread stands by then. */
const headStartMs = 150;
/** The sender of webhooks has given up by then. */
const patienceMs = 15_000;

/** Rejects at the first answer that is not 2xx, when one does not come, and when too few requests are prepared. */
export async function sendOpen(
  port: number,
  { perSecond, connections }: OpenPace,
  seconds: number,
  requests: readonly Buffer[],
): Promise<Sent> {
  const count = Math.max(1, Math.round(perSecond * seconds));
  if (requests.length < count) throw new Error(`${count} requests are due, ${requests.length} are prepared`);
  const all = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = new Float64Array(count);
  const lags: number[] = [];
  const idle: ((index: number, request: Buffer) => void)[] = [];
  const everyMs = 1000 / perSecond;
  const start = performance.now() + headStartMs;
  const dueAt = (index: number): number => start + index * everyMs;
  let next = 0;
  let answers = 0;
  /** What was due before this one had to wait for a connection. */
  let freed = 0;
  const { promise: over, resolve, reject } = Promise.withResolvers<undefined>();

  const sendDue = (): void => {
    const now = performance.now();
    for (let request = requests[next]; next < count && dueAt(next) <= now; request = requests[next]) {
      const send = idle.shift();
      if (send === undefined || request === undefined) {
        freed = Math.floor((now - start) / everyMs) + 1;
        return;
      }
      // Only what need not wait for a connection tells how late the generator itself is.
      if (next >= freed) lags.push(now - dueAt(next));
      send(next, request);
      next += 1;
    }
  };

  for (const connection of all) {
    let current = 0;
    const send = (index: number, request: Buffer): void => {
      current = index;
      connection.send(request);
    };
    const answered = (): void => {
      latencies[current] = performance.now() - dueAt(current);
      answers += 1;
      idle.push(send);
      if (answers === count) resolve(undefined);
      else sendDue();
    };
    connection.listen({ answered, failed: reject });
    idle.push(send);
  }
  const stopTicker = startTicker(start, everyMs * Math.ceil(shortestTickMs / everyMs), sendDue);
  const tooLate = (): void => {
    reject(new Error(`${count - answers} of ${count} requests were not answered in time`));
  };
  const impatient = setTimeout(tooLate, headStartMs + seconds * 1000 + patienceMs);
  try {
    await over;
  } finally {
    clearTimeout(impatient);
    await stopTicker();
    for (const connection of all) connection.close();
  }
  return { latencies, seconds: (performance.now() - start) / 1000, lags };
}
