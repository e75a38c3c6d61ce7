// The folder `.clerk-mirror`: made once, and what is kept in it beside the data.

import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, realpath, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../platform/errors.ts';
import { isRoot } from './server-account.ts';

export const logFile = (home: string): string => join(home, 'postgres.log');
export const lockFolder = (home: string): string => join(home, 'start-lock');
export const seatFolder = (home: string): string => join(home, 'users');

/** Answers with the real path: whatever links lead here, it is one home. */
export async function prepareHome(path: string): Promise<string> {
  // As root, Postgres's account passes through to `data`; it can list nothing.
  await mkdir(path, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
  const home = await realpath(path);
  const { uid, gid } = await stat(home);
  for (const folder of [lockFolder(home), seatFolder(home)]) {
    await mkdir(folder).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    // `sudo npm start` once must not lock the folder's owner out.
    if (isRoot()) await chown(folder, uid, gid);
  }
  return home;
}

/** Generated once, readable to its owner only. */
export async function readOrMakePassword(home: string): Promise<string> {
  const known = await readPassword(home);
  if (known !== undefined) return known;
  const password = randomBytes(24).toString('base64url');
  await keep(home, 'password', password, 0o600);
  return password;
}

export async function readPassword(home: string): Promise<string | undefined> {
  return readKept(home, 'password');
}

export async function readPort(home: string): Promise<number | undefined> {
  const port = Number(await readKept(home, 'port'));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

export async function keepPort(home: string, port: number): Promise<void> {
  if ((await readPort(home)) !== port) await keep(home, 'port', String(port), 0o644);
}

async function readKept(home: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(home, name), 'utf8')).trim() || undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Synced before it is named: a password that a power cut took would lock its own data away. */
async function keep(home: string, name: string, value: string, mode: number): Promise<void> {
  const draft = join(home, `.${name}-${process.pid}`);
  const file = await open(draft, 'w', mode);
  try {
    await file.writeFile(`${value}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(home, name));
}
