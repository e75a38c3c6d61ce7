// Every setting once: its name, its default as the README prints it, what it means. Loader, README and .env.example agree with this list.

export interface Setting {
  readonly name: string;
  /** As shown to people; the loader's own defaults are in config.ts. */
  readonly fallback: string;
  readonly meaning: string;
}

function setting<const Name extends string>(
  name: Name,
  fallback: string,
  meaning: string,
): Setting & { readonly name: Name } {
  return { name, fallback, meaning };
}

export const settings = [
  setting(
    'WEBHOOK_SECRET',
    '–',
    'signing secret(s) `whsec_…`, several separated by commas or spaces; needed in production and with `DATABASE_URL`',
  ),
  setting('DATABASE_URL', 'embedded', 'Postgres 14–18, also behind PgBouncer in transaction mode'),
  setting('DATABASE_SCHEMA', 'clerk', 'schema of all tables; one mirror per Clerk instance'),
  setting('PORT', '3000', 'public listener: webhooks and health'),
  setting('HOST', '0.0.0.0', 'address of the public listener'),
  setting('OPERATOR_PORT', '3001', 'private listener: status for operators'),
  setting('OPERATOR_HOST', '127.0.0.1', 'address of the private listener'),
  setting(
    'OPERATOR_TOKEN',
    '–',
    'needed unless `OPERATOR_HOST` is loopback; several separated by commas or spaces, each of 16 characters or more',
  ),
  setting('CLERK_SECRET_KEY', '–', 'key of the Backend API (`sk_…`): for backfill, reconcile and `sync`'),
  setting('CLERK_API_URL', 'https://api.clerk.com', 'address of the Backend API'),
  setting(
    'CLERK_INSTANCE_ID',
    'learnt',
    'events of any other instance are kept as `foreign` and not mirrored; with a key it is learnt from Clerk',
  ),
  setting(
    'RECONCILE_CRON',
    'daily',
    'when drift is looked for and mended, a cron expression (UTC) or `off`; daily at 4 with a key, else `off`',
  ),
  setting('BACKFILL_ON_START', 'true', 'with a key: fill once what was never filled'),
  setting('BODY_LIMIT', '1mb', 'larger bodies are answered 413'),
  setting('INBOX_BODY_DAYS', '30', 'days that delivered bodies are kept'),
  setting('INBOX_ID_DAYS', '90', 'days that their ids are kept, by which repetitions are known'),
  setting(
    'ERASE_DELETED_AFTER_DAYS',
    '30',
    'days until the data of a deleted user or organization is erased; 0: at once',
  ),
  setting('MIRROR_PRIVATE_METADATA', 'true', '`false`: private metadata is written nowhere, and removed'),
  setting('HANDLERS', '–', 'path of an ES module with your own handlers'),
  setting('LOG_LEVEL', 'info', '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`'),
  setting('TRUST_PROXY', '–', "as Express's `trust proxy`: `true`, a number of hops, or addresses"),
  setting('DATABASE_POOL_MAX', '10', 'connections to Postgres per process'),
  setting('SHUTDOWN_GRACE_SECONDS', '20', 'how long a stopping service may take to answer what it has'),
  setting('OTEL_EXPORTER_OTLP_ENDPOINT', '–', 'where traces go, by OTLP over HTTP; without it none are made'),
] as const;

/** Other names that `WEBHOOK_SECRET` goes by in Clerk's guides. */
export const webhookSecretAliases = ['CLERK_WEBHOOK_SIGNING_SECRET', 'CLERK_WEBHOOK_SECRET'] as const;
