// sync: one object from Clerk, now.

import type { Command } from 'commander';
import { projections } from '../projections/index.ts';
import { createFetchOne } from '../sync/fetch-one.ts';
import { fetchableOf } from '../sync/fetchable.ts';
import { print } from './print.ts';
import { printRow } from './print-row.ts';
import { atClerk } from './sync-with-clerk.ts';

export function syncCommand(program: Command): void {
  program
    .command('sync')
    .argument('<resource>', 'user, organization … : a table by its name, or one of it')
    .argument('<id>', 'as Clerk shows it; of an organization the slug will do')
    .description('fetch one object from Clerk now, write its row, and show it')
    .option('--json', 'print JSON: every column, null or not, and `data`')
    .addHelpText(
      'after',
      `\nFor what was made a second ago and is not here yet. Safe beside live traffic: a row only ever takes what is newer.
Exit code 1: Clerk has no such object; a row of it here stays as it is, and is for \`reconcile\` to judge.
\nExample:\n  CLERK_SECRET_KEY=sk_live_… clerk-mirror sync user user_2abc\n  clerk-mirror sync organization acme-inc --json`,
    )
    .action(async (resource: string, id: string, { json }: { json?: true }) => {
      // Wrong words are told before a database is looked for.
      const { projection } = fetchableOf(projections, resource, id);
      await atClerk({ writes: true }, async ({ sync }) => {
        const fetchOne = createFetchOne({ ...sync, admit: () => Promise.resolve(), projections });
        const row = await fetchOne(resource, id);
        print(json, row, printRow(projection.table, row));
      });
    });
}
