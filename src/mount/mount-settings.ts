// The settings that a mirror inside another program takes: the service's own, by their own names, less those of listeners and processes.

import { givenEnvironment, loadConfig, type Config } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import type { settings, webhookSecretAliases } from '../platform/settings.ts';

type SettingName = (typeof settings)[number]['name'] | (typeof webhookSecretAliases)[number];

/** As in the environment: texts, by the names of the README's table. `process.env` itself will do. */
export type MirrorSettings = Partial<Readonly<Record<SettingName | 'NODE_ENV' | 'TZ', string | undefined>>>;

/** What is meant for the program around us, or has no meaning without a service. */
const notOurs = {
  PORT: undefined,
  HOST: undefined,
  OPERATOR_PORT: undefined,
  OPERATOR_HOST: undefined,
  OPERATOR_TOKEN: undefined,
  TRUST_PROXY: undefined,
} satisfies MirrorSettings;

/** Errors: `settings-invalid`. Nothing is made up here: no database is started in another's program, no secret made. */
export function loadMountConfig(given: MirrorSettings | undefined): Config {
  const config = loadGiven(given ?? givenEnvironment());
  const missing = [
    ...(config.databaseUrl === undefined
      ? [
          'DATABASE_URL is missing: write the address of your Postgres, postgres://user:password@host/database',
        ]
      : []),
    ...(config.webhookSecrets.length === 0
      ? [
          'WEBHOOK_SECRET is missing: copy the Signing Secret (whsec_…) of your endpoint from the Clerk Dashboard, Webhooks',
        ]
      : []),
  ];
  if (missing.length === 0) return config;
  throw new MirrorError(
    'settings-invalid',
    `What createWebhookHandler needs is not there:\n${missing.map((each) => `  - ${each}.`).join('\n')}`,
    mend,
  );
}

const mend = 'Set it in the environment, or give it to createWebhookHandler by the same name, as a text.';

function loadGiven(given: MirrorSettings): Config {
  const settings = { ...given, ...notOurs };
  const odd = Object.entries(settings).filter(
    ([, value]: [string, unknown]) => value !== undefined && typeof value !== 'string',
  );
  if (odd.length > 0)
    throw new MirrorError(
      'settings-invalid',
      `Settings are texts, and ${odd.map(([name]) => name).join(', ')} is none.`,
      "Write { DATABASE_POOL_MAX: '5' } for { DATABASE_POOL_MAX: 5 }.",
    );
  try {
    return loadConfig(settings);
  } catch (error) {
    // The service's own mend names a .env that is not read here.
    if (!(error instanceof MirrorError)) throw error;
    throw new MirrorError(error.code, error.message, mend, error);
  }
}
