// reproject: the columns again, from what each row keeps of its object.

import type { Command } from 'commander';
import { objectTables, reproject, type ObjectTable, type Reprojected } from '../apply/reproject.ts';
import { loadConfig, readEnvironment } from '../platform/config.ts';
import type { Database } from '../database/database.ts';
import { MirrorError } from '../platform/errors.ts';
import { interruptible } from '../platform/interruptible.ts';
import { createCommandLogger, type Logger } from '../platform/logger.ts';
import { showProgress } from '../platform/progress.ts';
import { projections } from '../projections/index.ts';
import { withMigratedDatabase } from './migrated-database.ts';
import { print } from './print.ts';

export function reprojectCommand(program: Command): void {
  program
    .command('reproject')
    .argument('[table...]', 'these tables; all of them unless told')
    .description(
      "fill every row's columns again from its `data`: after an upgrade that added or mended a column",
    )
    .option('--after <key>', 'go on behind this row of the first table, where a run was stopped')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nSafe beside live traffic. Versions and tombstones stay, and so do columns that \`data\` does not tell.
\nExample:\n  clerk-mirror reproject\n  clerk-mirror reproject users sessions`,
    )
    .action(async (names: string[], { after, json }: { after?: string; json?: true }) => {
      const tables = chosenTables(names);
      const key = after === undefined ? undefined : after.split('/');
      if (key !== undefined && key.length !== tables[0]?.key.length)
        throw new MirrorError(
          'usage',
          `--after ${after ?? ''} is no key of ${tables[0]?.table ?? ''}.`,
          `Write ${tables[0]?.key.join('/') ?? 'id'}, as the stopped run said it.`,
        );
      const config = loadConfig(readEnvironment());
      const log = createCommandLogger(config.logLevel);
      await withMigratedDatabase(config, async (database) => {
        const done = await reprojectAll(database, tables, key, log);
        print(json, done, `${done.seen} rows read again, ${done.changed} changed`);
        refuseIncomplete(done, tables);
      });
    });
}

function chosenTables(names: readonly string[]): ObjectTable[] {
  const all = objectTables(projections);
  const unknown = names.filter((name) => !all.some(({ table }) => table === name));
  if (unknown.length > 0)
    throw new MirrorError(
      'usage',
      `There is no table ${unknown.join(', ')}.`,
      `The tables are ${all.map(({ table }) => table).join(', ')}.`,
    );
  return names.length === 0 ? all : all.filter(({ table }) => names.includes(table));
}

async function reprojectAll(
  database: Database,
  tables: readonly ObjectTable[],
  after: readonly string[] | undefined,
  log: Logger,
): Promise<Reprojected> {
  const progress = showProgress('reprojected', undefined, log);
  try {
    return await interruptible((signal) =>
      reproject(database, tables, {
        after,
        signal,
        onProgress({ seen, table }) {
          progress.update(seen, table ?? '');
        },
      }),
    );
  } finally {
    progress.end();
  }
}

function refuseIncomplete(
  { stoppedBy, seen, table, last }: Reprojected,
  tables: readonly ObjectTable[],
): void {
  if (stoppedBy === null) return;
  const left = tables.slice(tables.findIndex((each) => each.table === table)).map((each) => each.table);
  const after = last.some((part) => part !== '') ? ` --after ${last.join('/')}` : '';
  throw new MirrorError(
    'reproject-incomplete',
    `Stopped after ${seen} rows (${stoppedBy}).`,
    `Go on with: clerk-mirror reproject ${left.join(' ')}${after}`,
  );
}
