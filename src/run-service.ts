// Runs the service until it is told to stop.

import type { Config } from './platform/config.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { serve, type Service } from './serve.ts';

/** Resolves when the service has started; the process then ends by SIGTERM or SIGINT. */
export async function runService(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  if (config.production && config.databaseUrl === undefined)
    log.warn('NODE_ENV is production, and DATABASE_URL is not set: the embedded Postgres is for development');
  const starting = serve(config, log);
  // From the first moment on: what is half started is stopped as soon as it stands.
  stopOnSignal(config, log, async () => (await starting).stop());
  announce(await starting, config, log);
}

/** The default of docker-compose.yml, so that `docker compose up` needs nothing configured. */
const publicSecret = 'whsec_ZGV2ZWxvcG1lbnQgb25seSAtIHJlcGxhY2UgbWUgaW4gLmVudg==';

function announce(service: Service, config: Config, log: Logger): void {
  if (service.webhookSecrets.some((secret) => secret.reveal() === publicSecret))
    log.warn('WEBHOOK_SECRET is the public one of docker-compose.yml: anybody can sign events; set your own');
  const url = `http://localhost:${service.port}/api/webhooks`;
  const operator = `http://${config.operatorHost}:${service.operatorPort}`;
  log.info({ webhooks: url, operator }, 'ready');
  if (config.webhookSecrets.length > 0 || config.databaseUrl !== undefined) return;
  // The one secret that is printed: it was made here, for this folder's embedded database only.
  const secret = service.webhookSecrets[0]?.reveal() ?? '';
  log.info(`development signing secret: ${secret}`);
  log.info(`send a first event:         npm run cli -- send user.created`);
  log.info(`then look at the rows:      npm run cli -- status`);
  log.info(`or at the operator page:    ${operator}`);
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
