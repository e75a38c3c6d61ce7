// Binaries that the server's account can run: those of the package, or a copy where it can reach them.

import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Logger } from '../../platform/logger.ts';
import { findNativePackage } from './native-package.ts';
import { markOf } from './process-mark.ts';
import { canReach, type Account } from './server-account.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

interface Needs {
  readonly account: Account | undefined;
  /** The folder that a copy goes to, when one is needed. */
  readonly copies: () => Promise<string>;
  readonly log: Logger;
}

export async function prepareBinaries({ account, copies, log }: Needs): Promise<Binaries> {
  const { folder, version } = await findNativePackage();
  if ((await complete(folder)) && (await usable(folder, account))) return binariesIn(folder, version);

  const copy = join(await copies(), `postgres-${version}`);
  if (!(await lstat(copy).catch(() => undefined))) {
    log.info(
      { folder: copy },
      'the embedded Postgres cannot run from node_modules here: its binaries are copied',
    );
    await copyOnce(folder, copy);
  }
  return binariesIn(join(copy, 'native'), version);
}

/** Makes the links and execute bits that the package's install script makes; false where that is not allowed. */
async function complete(folder: string): Promise<boolean> {
  try {
    await makeLinks(folder);
    const { initdb, postgres } = binariesIn(folder, '');
    for (const path of [initdb, postgres]) {
      await access(path, constants.X_OK).catch(() => chmod(path, 0o755));
    }
    return true;
  } catch {
    return false;
  }
}

async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(dirname(folder), target);
    if (await lstat(path).catch(() => undefined)) continue;
    await symlink(relative(dirname(target), source), path);
  }
}

async function usable(folder: string, account: Account | undefined): Promise<boolean> {
  if (account === undefined) return true;
  const { initdb, postgres } = binariesIn(folder, '');
  for (const path of [initdb, postgres, join(folder, 'lib'), join(folder, 'share', 'postgresql')]) {
    if (!(await canReach(account, path))) return false;
  }
  return true;
}

/** All or nothing: a copy under its final name is whole, whatever kill or second copier comes in between. */
async function copyOnce(from: string, to: string): Promise<void> {
  await clearLeftOvers(to);
  const draft = `${to}.draft-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    // The links name their targets by `native/…`, so the draft keeps that folder's name.
    await cp(from, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeLinks(join(draft, 'native'));
    await openToAll(draft);
    await rename(draft, to).catch(async (error: unknown) => {
      if (!(await lstat(to).catch(() => undefined))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Copies that were killed halfway. */
async function clearLeftOvers(to: string): Promise<void> {
  const start = `${basename(to)}.draft-`;
  for (const name of await readdir(dirname(to))) {
    if (!name.startsWith(start) || markOf(Number.parseInt(name.slice(start.length), 10))) continue;
    await rm(join(dirname(to), name), { recursive: true, force: true });
  }
}

/** A package that was installed under a tight umask is readable to its installer only. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const runs = entry.isDirectory() || entry.parentPath.endsWith('bin');
    if (!entry.isSymbolicLink()) await chmod(path, runs ? 0o755 : 0o644);
  }
}

function binariesIn(folder: string, version: string): Binaries {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const path = (name: string) => join(folder, 'bin', name + ending);
  return { initdb: path('initdb'), postgres: path('postgres'), version };
}
