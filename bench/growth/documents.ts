// queries.md, sizes.md and growth.json, as docs/performance has them.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { queriesTable } from './explain/queries-table.ts';
import { heading, type Report } from './report.ts';
import { sizesTable } from './sizes-table.ts';

export async function writeDocuments(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { sizes, explained, options, ...rest } = report;
  const about = heading(report).slice(1).join('  \n');
  const write = (name: string, title: string, text: string): Promise<void> =>
    writeFile(
      join(folder, name),
      `# ${title}\n\nWritten by \`npm run bench:growth\`, ${report.date.slice(0, 10)}.  \n${about}\n\n${text}\n`,
    );
  if (sizes !== undefined)
    await write(
      'sizes.md',
      'Bytes for a million users',
      `Each with two e-mail addresses and an account elsewhere, two sessions, one and a half memberships; a fifth as many organizations; ten messages a user in the inbox.\n\n${sizesTable(sizes, options.users)}`,
    );
  if (explained !== undefined)
    await write('queries.md', 'Every query on the large database', queriesTable(explained));
  await writeFile(
    join(folder, 'growth.json'),
    `${JSON.stringify({ options: { ...options, home: undefined, write: undefined }, ...rest }, undefined, 2)}\n`,
  );
}
