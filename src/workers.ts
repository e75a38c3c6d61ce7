// Processes that share the public port; one that dies is replaced.

import cluster, { type Address, type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { MirrorError } from './platform/errors.ts';
import type { Logger } from './platform/logger.ts';
import type { Metrics } from './platform/metrics.ts';
import { isMetricsReport } from './platform/metrics-reports.ts';
import type { Service } from './serve.ts';

export class Workers {
  readonly #environment: Record<string, string>;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  #stopping = false;

  constructor({ databaseUrl, webhookSecrets, metrics }: Service, log: Logger) {
    this.#environment = {
      DATABASE_URL: databaseUrl.reveal(),
      WEBHOOK_SECRET: webhookSecrets.map((secret) => secret.reveal()).join(','),
    };
    this.#log = log;
    this.#metrics = metrics;
  }

  /** -> the port they share. Errors: `worker-failed` when one ends before it listens; it has said why. */
  async start(count: number): Promise<number> {
    cluster.on('message', (worker, word) => {
      if (isMetricsReport(word)) this.#metrics.take(worker.id, word.report);
    });
    // After its last word, unlike `exit`.
    cluster.on('disconnect', (worker) => {
      this.#metrics.lost(worker.id);
    });
    const ports = await Promise.all(
      Array.from({ length: count }, () => listening(cluster.fork(this.#environment))),
    );
    // From here on a worker that dies is replaced; one that cannot even start would only die again.
    cluster.on('exit', (worker, code, signal) => {
      if (this.#stopping) return;
      this.#log.error({ pid: worker.process.pid, code, signal }, 'a worker died; starting another');
      void sleep(1000).then(() => (this.#stopping ? undefined : cluster.fork(this.#environment)));
    });
    return ports[0] ?? 0;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      running.map(
        (worker) =>
          new Promise((resolve) => {
            worker.once('exit', resolve).kill('SIGTERM');
          }),
      ),
    );
  }
}

function listening(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('listening', ({ port }: Address) => {
      resolve(port);
    });
    worker.once('exit', () => {
      reject(
        new MirrorError('worker-failed', 'A worker process could not start.', 'Its own message is above.'),
      );
    });
  });
}
