// prune: what the service does by itself every hour, now.

import type { Command } from 'commander';
import { createApp } from '../app.ts';
import { prune, type Pruned } from '../intake/prune.ts';
import { loadConfig, readEnvironment } from '../platform/config.ts';
import { MirrorError } from '../platform/errors.ts';
import { createLogger } from '../platform/logger.ts';
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
      const log = createLogger(config.logLevel);
      await withMigratedDatabase(config, async (database) => {
        const progress = showProgress('pruned', undefined, log);
        let pruned: Readonly<Pruned> = { bodies: 0, messages: 0, rows: 0 };
        await interruptible(async (signal) => {
          try {
            await prune(createApp(config, database, log).prune, {
              signal,
              onProgress(soFar) {
                pruned = { ...soFar };
                progress.update(soFar.bodies + soFar.messages + soFar.rows, inWords(soFar));
              },
            });
          } catch (error) {
            if (!signal.aborted) throw error;
            throw new MirrorError(
              'prune-incomplete',
              `Stopped: ${inWords(pruned)} so far.`,
              'Run it again: it goes on where it stopped.',
            );
          } finally {
            progress.end();
          }
        });
        print(json, pruned, inWords(pruned));
      });
    });
}

function inWords({ bodies, messages, rows }: Readonly<Pruned>): string {
  return `${bodies} bodies and ${messages} messages removed, ${rows} rows erased`;
}
