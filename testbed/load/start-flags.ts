// The flags with which `npm start` runs Node: benches and faults run the built service with the same.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param checkout a folder with the package.json of a version of clerk-mirror */
export function startFlags(checkout: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}
