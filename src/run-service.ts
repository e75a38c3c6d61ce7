// Runs the service until it is told to stop, in one process or several.

import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './platform/config.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { serve, type Service } from './serve.ts';

/** Resolves when the service has started; the process then ends by SIGTERM or SIGINT. */
export async function runService(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  if (cluster.isWorker) {
    const service = await serve(config, log, 'worker');
    stopOnSignal(config, log, () => service.stop());
    return;
  }
  if (config.webConcurrency === 1) {
    const service = await serve(config, log, 'only');
    stopOnSignal(config, log, () => service.stop());
    announce(service, config, log);
    return;
  }
  const service = await serve(config, log, 'first');
  const workers = new Workers(service, log);
  await workers.start(config.webConcurrency);
  stopOnSignal(config, log, async () => {
    await workers.stop();
    await service.stop();
  });
  announce(service, config, log);
}

/** Processes that share the public port; one that dies is replaced. */
class Workers {
  readonly #environment: Record<string, string>;
  readonly #log: Logger;
  #stopping = false;

  constructor({ databaseUrl, webhookSecrets }: Service, log: Logger) {
    this.#environment = {
      DATABASE_URL: databaseUrl.reveal(),
      WEBHOOK_SECRET: webhookSecrets.map((secret) => secret.reveal()).join(','),
    };
    this.#log = log;
  }

  async start(count: number): Promise<void> {
    cluster.on('exit', (worker, code, signal) => {
      if (this.#stopping) return;
      this.#log.error({ pid: worker.process.pid, code, signal }, 'a worker died; starting another');
      void sleep(1000).then(() => (this.#stopping ? undefined : cluster.fork(this.#environment)));
    });
    const listening = Array.from({ length: count }, () => onceListening(cluster.fork(this.#environment)));
    await Promise.all(listening);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const exits = Object.values(cluster.workers ?? {}).flatMap((worker) =>
      worker === undefined
        ? []
        : [
            new Promise((resolve) => {
              worker.once('exit', resolve).kill('SIGTERM');
            }),
          ],
    );
    await Promise.all(exits);
  }
}

function onceListening(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once('listening', resolve).once('exit', resolve));
}

function announce(service: Service, config: Config, log: Logger): void {
  const url = `http://localhost:${service.port ?? config.port}/api/webhooks`;
  log.info(
    {
      webhooks: url,
      operator: `http://${config.operatorHost}:${service.operatorPort ?? config.operatorPort}`,
    },
    'ready',
  );
  if (config.webhookSecrets.length > 0 || config.databaseUrl !== undefined) return;
  // The one secret that is printed: it was made here, for this folder's embedded database only.
  const secret = service.webhookSecrets[0]?.reveal() ?? '';
  log.info(`development signing secret: ${secret}`);
  log.info(`send a first event:         npm run cli -- send user.created`);
  log.info(`then look at the rows:      npm run cli -- status`);
}

function stopOnSignal(config: Config, log: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ seconds: config.shutdownGraceSeconds }, 'still not stopped; cutting what is open');
      process.exit(1);
    }, config.shutdownGraceSeconds * 1000).unref();
    stop().then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopped with an error');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}
