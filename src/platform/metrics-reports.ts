// A worker tells the first process what it has counted, every second: whoever asks the first is answered at once, also when a worker hangs or is gone.

import type { Metrics } from './metrics.ts';
import type { Report } from './other-processes.ts';

export interface MetricsReport {
  readonly kind: 'metrics';
  readonly report: Report;
}

const everyMs = 1000;
/** A first process that does not listen must not hold up a stop. */
const lastWithinMs = 500;

/** -> says the last word, and stops */
export function startMetricsReports(metrics: Metrics): () => Promise<void> {
  let isSending = false;
  const send = async (): Promise<void> => {
    const report = await metrics.report();
    const word: MetricsReport = { kind: 'metrics', report };
    await new Promise<unknown>((resolve) => {
      if (process.connected) process.send?.(word, undefined, {}, resolve);
      else resolve(undefined);
    });
  };
  const timer = setInterval(() => {
    // They would queue up in our own memory.
    if (isSending) return;
    isSending = true;
    void send().finally(() => (isSending = false));
  }, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await Promise.race([send(), new Promise((resolve) => setTimeout(resolve, lastWithinMs).unref())]);
  };
}

export function isMetricsReport(word: unknown): word is MetricsReport {
  return typeof word === 'object' && word !== null && 'kind' in word && word.kind === 'metrics';
}
