// The service's life: open the database, migrate, listen, and on the way out answer what it has.

import { createApp, type App } from './app.ts';
import { startBackground } from './background.ts';
import { eventTypes } from './clerk/event-payloads.ts';
import { countedBy } from './operator/pulse/counted.ts';
import { startPulse, type Counted } from './operator/pulse/pulse.ts';
import { localUrl, type Config } from './platform/config.ts';
import { developmentSecret } from './platform/development-secret.ts';
import { listen } from './platform/listener.ts';
import type { Logger } from './platform/logger.ts';
import { createMetrics } from './platform/metrics.ts';
import { prepareSchema } from './apply/put-functions.ts';
import { embeddedHome, openDatabase } from './database/open-database.ts';
import { Secret } from './platform/secret.ts';
import { openTracing } from './platform/tracing.ts';
import { version } from './platform/version.ts';
import { openOwnHandlers } from './run-handlers.ts';

export interface Service {
  readonly port: number;
  readonly operatorPort: number;
  readonly databaseUrl: Secret;
  readonly webhookSecrets: readonly Secret[];
  /** Stops accepting, answers what it has, closes the pool. */
  stop(): Promise<void>;
}

export async function serve(given: Config, log: Logger): Promise<Service> {
  const webhookSecrets =
    given.webhookSecrets.length > 0 ? given.webhookSecrets : [await developmentSecret(embeddedHome())];
  const config: Config = { ...given, webhookSecrets };
  // A request that never ends must not outlast the grace.
  const cutAfterMs = config.shutdownGraceSeconds * 700;
  const database = await openDatabase(config, log);
  /** Sources of work, each closed by its function: all together, before what the work still needs. */
  const entryPoints: (() => Promise<unknown>)[] = [];
  const metrics = createMetrics(eventTypes);
  metrics.watchProcess();
  const tracing = await openTracing(config.otelEndpoint, log);
  let app: App | undefined;
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(entryPoints.splice(0).map((close) => close()));
    await app?.intake.drain();
    await database.close();
    await tracing?.close();
  };
  try {
    // A module that cannot be used stops the start.
    const own = await openOwnHandlers(config, database.url, log, true, metrics);
    entryPoints.push(() => own.stop());
    const applied = await prepareSchema(database);
    if (applied.length > 0) log.info({ applied }, 'schema migrated');
    app = createApp(config, database, log, () => stopping, own.handlers, {
      metrics,
      tracer: tracing?.tracer,
    });
    await app.recallInstance();
    const { host, operatorHost } = config;
    const webhooks = await listen(app.publicApp, { host, port: config.port, portSetting: 'PORT' });
    entryPoints.push(() => webhooks.close(cutAfterMs));
    const webhooksUrl = localUrl({ host, port: webhooks.port }, '/api/webhooks');
    // Only here: commands, which draw no page, begin sooner without it.
    const { createOperatorApp } = await import('./operator/operator-app.ts');
    const operator = createOperatorApp({ ...app.operatorParts, webhooksUrl: () => webhooksUrl });
    entryPoints.push(() => operator.stop());
    const pages = await listen(operator.app, {
      host: operatorHost,
      port: config.operatorPort,
      portSetting: 'OPERATOR_PORT',
    });
    entryPoints.push(() => pages.close(cutAfterMs));
    entryPoints.push(startBackground(app, config, database, log));
    const counted = (): readonly Counted[] => countedBy(metrics.tally);
    entryPoints.push(startPulse({ database, version, counted }));
    own.begin();
    return {
      port: webhooks.port,
      operatorPort: pages.port,
      databaseUrl: new Secret(database.url),
      webhookSecrets,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
