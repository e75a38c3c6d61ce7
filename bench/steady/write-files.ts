// `--write`: the plots of the run and its samples, for the documents.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { plotsOf } from './plots.ts';
import type { Report } from './report.ts';

/** -> what was written. */
export async function writeFiles(report: Report, folder: string): Promise<string[]> {
  const target = join(folder, 'performance');
  await mkdir(target, { recursive: true });
  const { write: _write, ...options } = report.options;
  // The repository's formatter looks at it too.
  const json = await format(JSON.stringify({ ...report, options }, rounded), {
    parser: 'json',
    printWidth: 110,
  });
  const files = [...plotsOf(report), ['steady.json', json] as const];
  for (const [name, text] of files) await writeFile(join(target, name), text);
  return files.map(([name]) => join(target, name));
}

/** Five digits are more than any of it means. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
