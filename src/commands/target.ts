// Where signed webhooks go, and what they are signed with: this folder's service unless told.

import type { Command } from 'commander';
import { localUrl, type Config } from '../platform/config.ts';
import { developmentSecret } from '../platform/development-secret.ts';
import { MirrorError } from '../platform/errors.ts';
import { embeddedHome } from '../database/open-database.ts';

export interface TargetOptions {
  readonly url?: string;
  readonly secret?: string;
}

export function withTarget(command: Command): Command {
  return command
    .option('--url <url>', 'where to; this folder’s service unless told')
    .option('--secret <whsec_…>', 'signing secret; the one this folder’s service has unless told');
}

export async function aim(
  { url, secret }: TargetOptions,
  config: Config,
): Promise<{ url: string; secret: string }> {
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new MirrorError(
      'usage',
      `${url} is no address.`,
      'Write one that starts with http:// or https://.',
    );
  const known =
    config.webhookSecrets[0] ?? (secret === undefined ? await developmentSecret(embeddedHome()) : undefined);
  return {
    url: url ?? localUrl(config, '/api/webhooks'),
    secret: secret ?? known?.reveal() ?? '',
  };
}
