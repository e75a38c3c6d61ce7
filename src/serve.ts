// The service's life: open the database, migrate, listen, and on the way out answer what it has.

import { createApp, type App } from './app.ts';
import { startBackground, startInstanceWatch } from './background.ts';
import { eventTypes } from './clerk/event-payloads.ts';
import { countedBy } from './operator/pulse/counted.ts';
import { startPulse, type Counted } from './operator/pulse/pulse.ts';
import { localUrl, type Config } from './platform/config.ts';
import { developmentSecret } from './platform/development-secret.ts';
import { listen } from './platform/listener.ts';
import type { Logger } from './platform/logger.ts';
import { createMetrics, type Metrics } from './platform/metrics.ts';
import { startMetricsReports } from './platform/metrics-reports.ts';
import { migrate } from './platform/migrate.ts';
import { embeddedHome, openDatabase } from './platform/open-database.ts';
import { Secret } from './platform/secret.ts';
import { openTracing } from './platform/tracing.ts';
import { version } from './platform/version.ts';
import { openOwnHandlers } from './run-handlers.ts';

export interface Service {
  /** Undefined for the first of several processes: its workers listen. */
  readonly port: number | undefined;
  readonly operatorPort: number | undefined;
  readonly databaseUrl: Secret;
  readonly webhookSecrets: readonly Secret[];
  /** Where workers' reports are added. */
  readonly metrics: Metrics;
  /** Stops accepting, answers what it has, closes the pool. */
  stop(): Promise<void>;
}

/** `first` migrates and listens for operators, its `worker`s take webhooks; `only` does both. */
export type Role = 'only' | 'first' | 'worker';

export async function serve(given: Config, log: Logger, role: Role = 'only'): Promise<Service> {
  const webhookSecrets =
    given.webhookSecrets.length > 0 ? given.webhookSecrets : [await developmentSecret(embeddedHome())];
  const config: Config = { ...given, webhookSecrets };
  // A request that never ends must not outlast the grace.
  const cutAfterMs = config.shutdownGraceSeconds * 700;
  const database = await openDatabase(config, log);
  /** What lets work in; closed together, before what the work still needs. */
  const doors: (() => Promise<unknown>)[] = [];
  const metrics = createMetrics(eventTypes);
  metrics.watchProcess();
  const tracing = await openTracing(config.otelEndpoint, log);
  const stopReports = role === 'worker' ? startMetricsReports(metrics) : undefined;
  let app: App | undefined;
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(doors.splice(0).map((close) => close()));
    await app?.intake.drain();
    await database.close();
    await Promise.all([stopReports?.(), tracing?.close()]);
  };
  try {
    // A module that cannot be used stops the start. Workers only make the runs: the first process has the thread.
    const own = await openOwnHandlers(config, database.url, log, role !== 'worker', metrics);
    doors.push(() => own.stop());
    if (role !== 'worker') {
      const applied = await migrate(database);
      if (applied.length > 0) log.info({ applied }, 'schema migrated');
    }
    app = createApp(config, database, log, () => stopping, own.handlers, {
      metrics,
      tracer: tracing?.tracer,
    });
    await app.recallInstance();
    let port: number | undefined;
    let operatorPort: number | undefined;
    let webhooksUrl = config.port === 0 ? undefined : localUrl(config, '/api/webhooks');
    if (role !== 'first') {
      const { host } = config;
      const listener = await listen(app.publicApp, { host, port: config.port, portSetting: 'PORT' });
      doors.push(() => listener.close(cutAfterMs));
      ({ port } = listener);
      webhooksUrl = localUrl({ host, port }, '/api/webhooks');
    }
    if (role === 'worker') doors.push(startInstanceWatch(app));
    else {
      const { operatorHost: host } = config;
      // Only here: commands and workers, which draw no page, begin sooner without it.
      const { createOperatorApp } = await import('./operator/operator-app.ts');
      const operator = createOperatorApp({ ...app.operatorParts, webhooksUrl: () => webhooksUrl });
      doors.push(() => operator.stop());
      const listener = await listen(operator.app, {
        host,
        port: config.operatorPort,
        portSetting: 'OPERATOR_PORT',
      });
      doors.push(() => listener.close(cutAfterMs));
      operatorPort = listener.port;
      doors.push(startBackground(app, config, database, log));
    }
    const counted = (): readonly Counted[] => countedBy(metrics.tally);
    doors.push(startPulse({ database, role, version, counted }));
    own.begin();
    return { port, operatorPort, databaseUrl: new Secret(database.url), webhookSecrets, metrics, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
