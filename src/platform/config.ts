// The settings, typed. All problems are found before any is reported. The only reader of process.env.

import { config as loadDotenv } from 'dotenv';
import { faultOfToken, makeToken } from './operator-tokens.ts';
import { Secret } from './secret.ts';
import { SettingReader, type Environment } from './setting-reader.ts';
import { webhookSecretAliases } from './settings.ts';
import { copySecret, faultOfSecret, splitSecrets } from './webhook-secrets.ts';

export interface Config {
  readonly production: boolean;
  /** Empty only without DATABASE_URL: then a development secret is made. */
  readonly webhookSecrets: readonly Secret[];
  readonly databaseUrl: Secret | undefined;
  readonly databaseSchema: string;
  readonly databasePoolMax: number;
  readonly port: number;
  readonly host: string;
  readonly operatorPort: number;
  readonly operatorHost: string;
  /** Several while one replaces the other; empty only where the private listener is on loopback. */
  readonly operatorTokens: readonly Secret[];
  readonly clerkSecretKey: Secret | undefined;
  readonly clerkApiUrl: string;
  readonly clerkInstanceId: string | undefined;
  readonly reconcileCron: string;
  readonly backfillOnStart: boolean;
  readonly bodyLimitBytes: number;
  readonly inboxBodyDays: number;
  readonly inboxIdDays: number;
  readonly eraseDeletedAfterDays: number;
  readonly mirrorPrivateMetadata: boolean;
  readonly handlers: string | undefined;
  readonly logLevel: string;
  readonly trustProxy: boolean | number | string | undefined;
  readonly shutdownGraceSeconds: number;
  readonly otelEndpoint: string | undefined;
}

/** What the process was given, `.env` included unless it runs in production or in a test. */
export function readEnvironment(): Environment {
  const mode = process.env.NODE_ENV;
  if (mode === undefined || mode === 'development') loadDotenv({ quiet: true });
  return process.env;
}

/** For a program that we are part of: its environment is its own, `.env` too. */
export function givenEnvironment(): Environment {
  return process.env;
}

/** Errors: MirrorError `settings-invalid`, naming every wrong variable, what is wrong and what to write. */
export function loadConfig(environment: Environment): Config {
  const read = new SettingReader(environment);
  const databaseUrl = read.postgresUrl('DATABASE_URL');
  const production = environment.NODE_ENV === 'production';
  const operatorHost = read.text('OPERATOR_HOST') ?? '127.0.0.1';
  const operatorTokens = readOperatorTokens(read);
  const clerkSecretKey = readClerkKey(read);
  const webhookSecrets = readWebhookSecrets(read);

  if (webhookSecrets.length === 0 && (production || databaseUrl !== undefined)) {
    const when = production ? 'NODE_ENV is production' : 'DATABASE_URL is set';
    read.problem(
      'WEBHOOK_SECRET',
      `is missing, and ${when}`,
      'copy the Signing Secret (whsec_…) of your endpoint from the Clerk Dashboard, Webhooks',
    );
  }
  if (!isLoopback(operatorHost) && operatorTokens.length === 0) {
    read.problem(
      'OPERATOR_TOKEN',
      `is missing, and OPERATOR_HOST (${operatorHost}) can be reached from other machines`,
      `${makeToken}, or set OPERATOR_HOST=127.0.0.1`,
    );
  }

  const config: Config = {
    production,
    webhookSecrets,
    databaseUrl,
    databaseSchema: read.identifier('DATABASE_SCHEMA') ?? 'clerk',
    databasePoolMax: read.integer('DATABASE_POOL_MAX', 2, 1000) ?? 10,
    port: read.integer('PORT', 0, 65535) ?? 3000,
    host: read.text('HOST') ?? '0.0.0.0',
    operatorPort: read.integer('OPERATOR_PORT', 0, 65535) ?? 3001,
    operatorHost,
    operatorTokens,
    clerkSecretKey,
    clerkApiUrl: read.httpUrl('CLERK_API_URL') ?? 'https://api.clerk.com',
    clerkInstanceId: read.text('CLERK_INSTANCE_ID'),
    reconcileCron: read.cron('RECONCILE_CRON') ?? (clerkSecretKey === undefined ? 'off' : '0 4 * * *'),
    backfillOnStart: read.flag('BACKFILL_ON_START') ?? true,
    bodyLimitBytes: read.bytes('BODY_LIMIT') ?? 1024 * 1024,
    inboxBodyDays: read.integer('INBOX_BODY_DAYS', 0, 36500) ?? 30,
    inboxIdDays: read.integer('INBOX_ID_DAYS', 0, 36500) ?? 90,
    eraseDeletedAfterDays: read.integer('ERASE_DELETED_AFTER_DAYS', 0, 36500) ?? 30,
    mirrorPrivateMetadata: read.flag('MIRROR_PRIVATE_METADATA') ?? true,
    handlers: read.text('HANDLERS'),
    logLevel:
      read.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']) ?? 'info',
    trustProxy: readTrustProxy(read),
    shutdownGraceSeconds: read.integer('SHUTDOWN_GRACE_SECONDS', 1, 3600) ?? 20,
    otelEndpoint: read.httpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
  };
  if (config.inboxIdDays < config.inboxBodyDays) {
    read.problem(
      'INBOX_ID_DAYS',
      'is less than INBOX_BODY_DAYS',
      'keep the ids at least as long as the bodies',
    );
  }
  if (config.port !== 0 && config.port === config.operatorPort)
    read.problem('OPERATOR_PORT', 'is the same as PORT', 'write another port for the private listener');
  read.throwProblems(production);
  return config;
}

/** Where this machine reaches the public listener. */
export function localUrl({ host, port }: Pick<Config, 'host' | 'port'>, path: string): string {
  const reachable = host === '0.0.0.0' || host === 'localhost' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}${path}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function readWebhookSecrets(read: SettingReader): Secret[] {
  const name = ['WEBHOOK_SECRET', ...webhookSecretAliases].find((each) => read.text(each) !== undefined);
  if (name === undefined) return [];
  const values = splitSecrets(read.text(name) ?? '');
  values.forEach((value, index) => {
    const which = values.length === 1 ? '' : `, secret ${index + 1} of ${values.length},`;
    const fault = faultOfSecret(value);
    if (fault !== undefined) read.problem(name, `${which} ${fault}`.trim(), copySecret);
  });
  return values.map((value) => new Secret(value));
}

function readOperatorTokens(read: SettingReader): Secret[] {
  const values = [...new Set(splitSecrets(read.text('OPERATOR_TOKEN') ?? ''))];
  values.forEach((value, index) => {
    const which =
      values.length === 1 ? '' : `, token ${index + 1} of ${values.length} (commas and spaces part them),`;
    const fault = faultOfToken(value);
    if (fault !== undefined) read.problem('OPERATOR_TOKEN', `${which} ${fault}`.trim(), makeToken);
  });
  return values.map((value) => new Secret(value));
}

function readClerkKey(read: SettingReader): Secret | undefined {
  const key = read.secret('CLERK_SECRET_KEY');
  const kind = (key?.reveal() ?? '').startsWith('pk_')
    ? 'is a publishable key'
    : (key?.reveal() ?? '').startsWith('whsec_')
      ? 'is a signing secret'
      : undefined;
  if (kind !== undefined)
    read.problem('CLERK_SECRET_KEY', kind, 'copy the secret key (sk_…) from the Clerk Dashboard, API keys');
  return key;
}

function readTrustProxy(read: SettingReader): boolean | number | string | undefined {
  const value = read.text('TRUST_PROXY');
  if (value === undefined) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  if (/^\d+$/.test(value)) return Number(value);
  const addresses = value.split(',').map((each) => each.trim());
  if (addresses.every((each) => /^([0-9a-fA-F:.]+(\/\d{1,3})?|loopback|linklocal|uniquelocal)$/.test(each)))
    return addresses.join(',');
  read.problem(
    'TRUST_PROXY',
    'is neither true, a number of hops, nor addresses',
    'write 1 behind one reverse proxy',
  );
  return undefined;
}
