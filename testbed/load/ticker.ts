// Ticks at exact moments. A timer of an event loop comes up to a millisecond late, which is as long as an answer takes; a
// thread that sleeps by itself is woken within some 50 µs.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

interface Ticks {
  /** On the clock that all threads share, ns. */
  readonly start: bigint;
  readonly everyMs: number;
}

/** Calls `tick` at `performance.now()` = start, start + everyMs, …, until the returned function is called. */
export function startTicker(start: number, everyMs: number, tick: () => void): () => Promise<unknown> {
  const ahead = BigInt(Math.round((start - performance.now()) * 1e6));
  const ticks: Ticks = { start: process.hrtime.bigint() + ahead, everyMs };
  const worker = new Worker(new URL(import.meta.url), { workerData: ticks });
  worker.on('message', tick);
  return () => worker.terminate();
}

function run({ start, everyMs }: Ticks): void {
  const neverNotified = new Int32Array(new SharedArrayBuffer(4));
  const elapsed = (): number => Number(process.hrtime.bigint() - start) / 1e6;
  for (;;) {
    // Ticks that were slept through are left out: the next one sends all that is due.
    const next = Math.max(0, Math.floor(elapsed() / everyMs) + 1) * everyMs;
    Atomics.wait(neverNotified, 0, 0, next - elapsed());
    parentPort?.postMessage(undefined);
  }
}

if (!isMainThread) run(workerData as Ticks);
