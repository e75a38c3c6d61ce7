// Options that backfill and reconcile share.

import { InvalidArgumentError, type Command } from 'commander';
import { parseInstant } from './instant.ts';

export interface SyncCommandOptions {
  readonly since?: number;
  readonly share: number;
  readonly json?: true;
}

export function withSyncOptions(command: Command, since: string): Command {
  return command
    .option('--since <time>', since, (value: string) => parseInstant(value).getTime())
    .option(
      '--share <share>',
      "how much of Clerk's rate limit may be used, 0 to 1; your application lives on it too",
      share,
      0.5,
    )
    .option('--json', 'print JSON');
}

function share(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= 1)) throw new InvalidArgumentError('Write a number above 0, up to 1.');
  return number;
}
