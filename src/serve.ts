// The service's life: open the database, migrate, listen, and on the way out answer what it has.

import { createApp } from './app.ts';
import { dropPrivateMetadata } from './intake/drop-private-metadata.ts';
import type { Config } from './platform/config.ts';
import { developmentSecret } from './platform/development-secret.ts';
import { listen } from './platform/listener.ts';
import type { Logger } from './platform/logger.ts';
import { migrate } from './platform/migrate.ts';
import { embeddedHome, openDatabase } from './platform/open-database.ts';
import { Secret } from './platform/secret.ts';

export interface Service {
  /** Undefined for the first of several processes: its workers listen. */
  readonly port: number | undefined;
  readonly operatorPort: number | undefined;
  readonly databaseUrl: Secret;
  readonly webhookSecrets: readonly Secret[];
  /** Stops accepting, answers what it has, closes the pool. */
  stop(): Promise<void>;
}

/** `first` migrates and listens for operators, its `worker`s take webhooks; `only` does both. */
export type Role = 'only' | 'first' | 'worker';

export async function serve(given: Config, log: Logger, role: Role = 'only'): Promise<Service> {
  const webhookSecrets =
    given.webhookSecrets.length > 0 ? given.webhookSecrets : [await developmentSecret(embeddedHome())];
  const config: Config = { ...given, webhookSecrets };
  const database = await openDatabase(config, log);
  const closing: (() => Promise<void>)[] = [() => database.close()];
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    if (role !== 'worker') {
      const applied = await migrate(database);
      if (applied.length > 0) log.info({ applied }, 'schema migrated');
    }
    const app = createApp(config, database, log, () => stopping);
    closing.push(() => app.intake.drain());
    let port: number | undefined;
    let operatorPort: number | undefined;
    if (role !== 'first') {
      const { host } = config;
      const listener = await listen(app.publicApp, { host, port: config.port, portSetting: 'PORT' });
      closing.push(() => listener.close());
      ({ port } = listener);
    }
    if (role !== 'worker') {
      const { operatorHost: host } = config;
      const listener = await listen(app.operatorApp, {
        host,
        port: config.operatorPort,
        portSetting: 'OPERATOR_PORT',
      });
      closing.push(() => listener.close());
      operatorPort = listener.port;
      await app.adoptForeign();
      app.retry.start();
      closing.push(() => app.retry.stop());
      if (!config.mirrorPrivateMetadata) void dropPrivateMetadata(database, log);
    }
    return { port, operatorPort, databaseUrl: new Secret(database.url), webhookSecrets, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
