// The signing secret of a service without settings: made once, kept beside the embedded database.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors.ts';
import { Secret } from './secret.ts';

export async function developmentSecret(home: string): Promise<Secret> {
  const file = join(home, 'webhook-secret');
  await mkdir(home, { recursive: true });
  const made = `whsec_${randomBytes(32).toString('base64')}`;
  try {
    await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return new Secret(made);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return new Secret((await readFile(file, 'utf8')).trim());
  }
}
