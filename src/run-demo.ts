// The demo: a service of its own, in a schema of its own, and a day of a made-up tenant.

import type { Config } from './platform/config.ts';
import { MirrorError } from './platform/errors.ts';
import { createLogger } from './platform/logger.ts';
import { runSimulation } from './run-simulation.ts';
import { Secret } from './platform/secret.ts';
import { serve } from './serve.ts';

export interface DemoOptions {
  readonly events: number;
  readonly seed: string;
}

export async function runDemo(given: Config, { events, seed }: DemoOptions): Promise<void> {
  const log = createLogger(given.logLevel === 'info' ? 'warn' : given.logLevel);
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  // Free ports and another schema, so that it can run beside the real one and never mixes with it.
  const config: Config = {
    ...given,
    databaseSchema: 'clerk_demo',
    clerkInstanceId: undefined,
    // Nobody's own code is to hear of a tenant that is made up.
    handlers: undefined,
    host: '127.0.0.1',
    operatorHost: '127.0.0.1',
    port: 0,
    operatorPort: 0,
  };
  const service = await serve(config, log);
  try {
    const url = `http://127.0.0.1:${service.port ?? 0}/api/webhooks`;
    const secret = service.webhookSecrets[0];
    if (secret === undefined)
      throw new MirrorError('settings-invalid', 'There is no secret.', 'Set WEBHOOK_SECRET.');
    say(`clerk-mirror runs at ${url}, its tables are in the schema clerk_demo.`);
    say(`A made-up tenant lives a day: ${events} events, signed, shuffled, a fifth of them sent twice.`);
    await runSimulation(
      {
        url,
        secret: secret.reveal(),
        events,
        concurrency: 32,
        shuffle: true,
        duplicates: 0.2,
        seed,
        waitUntilEqual: true,
      },
      { ...config, databaseUrl: new Secret(service.databaseUrl.reveal()) },
      log,
      false,
    );
    say(
      'Look at the rows: start the service with `npm start`, then `DATABASE_SCHEMA=clerk_demo npm run cli -- status`.',
    );
  } finally {
    await service.stop();
  }
}
