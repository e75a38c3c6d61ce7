// prune: what the service does by itself every hour, now.

import type { Command } from 'commander';
import { createApp } from '../app.ts';
import { prune, type Pruned, type PruneParts } from '../retention/prune.ts';
import { loadConfig, readEnvironment } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import { createCommandLogger, type Logger } from '../platform/logger.ts';
import { showProgress } from '../platform/progress.ts';
import { interruptible } from '../platform/interruptible.ts';
import { withMigratedDatabase } from './migrated-database.ts';
import { print } from './print.ts';

export function pruneCommand(program: Command): void {
  program
    .command('prune')
    .description('remove old bodies and messages from the inbox, and erase what was deleted long ago')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nThe service does it every hour. INBOX_BODY_DAYS, INBOX_ID_DAYS and ERASE_DELETED_AFTER_DAYS say what is old.
What is pending, dead or foreign stays.\n\nExample:\n  ERASE_DELETED_AFTER_DAYS=7 clerk-mirror prune`,
    )
    .action(async ({ json }: { json?: true }) => {
      const config = loadConfig(readEnvironment());
      const log = createCommandLogger(config.logLevel);
      await withMigratedDatabase(config, async (database) => {
        const pruned = await interruptible((signal) =>
          pruneAll(createApp(config, database, log).pruneParts, signal, log),
        );
        print(json, pruned, [inWords(pruned), ...failuresInWords(pruned)].join('\n'));
        refuseIncomplete(pruned);
      });
    });
}

async function pruneAll(parts: PruneParts, signal: AbortSignal, log: Logger): Promise<Pruned> {
  const progress = showProgress('pruned', undefined, log);
  try {
    return await prune(parts, {
      signal,
      onProgress(pruned) {
        progress.update(pruned.bodies + pruned.messages + pruned.rows, inWords(pruned));
      },
    });
  } finally {
    progress.end();
  }
}

function inWords({ bodies, messages, rows }: Readonly<Pruned>): string {
  return `${bodies} bodies and ${messages} messages removed, ${rows} rows erased`;
}

const shownFailures = 10;

function failuresInWords({ failed }: Pruned): string[] {
  const lines = failed.slice(0, shownFailures).map(({ id, error }) => `not erased: ${id} ${error}`);
  return failed.length > shownFailures ? [...lines, `… and ${failed.length - shownFailures} more`] : lines;
}

function refuseIncomplete({ stoppedBy, failed }: Pruned): void {
  if (stoppedBy !== null)
    throw new MirrorError(
      'prune-incomplete',
      `Stopped before all was done (${stoppedBy}).`,
      'Run it again: it goes on where it stopped.',
    );
  if (failed.length > 0)
    throw new MirrorError(
      'prune-incomplete',
      `${failed.length} deleted rows could not be erased.`,
      'A table of yours may reference what must go (23503), or hold a lock (55P03): see to it and run it again.',
    );
}
