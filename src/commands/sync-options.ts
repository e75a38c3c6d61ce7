// Options that backfill and reconcile share.

import type { Command } from 'commander';
import { parseInstant } from './instant.ts';
import { shareAboveZero } from './number-options.ts';

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
      shareAboveZero,
      0.5,
    )
    .option('--json', 'print JSON');
}
