// initdb, whole or not at all: into a folder of its own, renamed to `data` when it is done.

import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, MirrorError } from '../../platform/errors.ts';
import { roleName, type Cluster } from './cluster.ts';
import { majorOf } from './native-package.ts';
import { ended, faultIn, spawnBinary } from './spawn-binary.ts';

/** Call with the start lock held. */
export async function createClusterOnce(cluster: Cluster): Promise<void> {
  const { folder, data } = cluster.place;
  await clearLeftOvers(folder);
  if (await holdsOurVersion(cluster)) return;

  const draft = join(folder, `data.draft-${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, cluster.password, { mode: 0o600, flag: 'wx' });
    await handOver(cluster, [draft, passwordFile]);
    await runInitdb(cluster, draft, passwordFile);
    await rename(draft, data);
    await syncFolder(folder);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(cluster: Cluster, draft: string, passwordFile: string): Promise<void> {
  const { binaries, place, log } = cluster;
  log.info({ folder: place.data, version: binaries.version }, 'creating the embedded Postgres');
  const args = [
    '-D',
    draft,
    '-U',
    roleName,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
  ];
  // One order of text on every machine, whatever locales it has.
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions');
  if (cluster.settings.fsync === 'off') args.push('--no-sync');
  const child = spawnBinary(binaries.initdb, args, place.account, {
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const end = await ended(child);
  if (end === '') return;
  if (end.includes('ENOENT')) {
    throw new MirrorError(
      'embedded-unavailable',
      `${binaries.initdb} cannot run on this system: it wants the C library of the common Linux distributions.`,
      'Set DATABASE_URL.',
    );
  }
  throw new MirrorError(
    'embedded-failed',
    `The embedded Postgres could not be created in ${place.folder}: ${faultIn(output) ?? end}.`,
    'Nothing was left behind: mend what it names (a full disk, a folder it may not enter) and start again, or set DATABASE_URL.',
    new Error(output),
  );
}

async function holdsOurVersion({ place, binaries }: Cluster): Promise<boolean> {
  const found = await stat(place.data).catch(() => undefined);
  if (found === undefined) return false;
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && found.uid !== uid) throw ownedByOther(place.data, found.uid);
  const version = await readFile(join(place.data, 'PG_VERSION'), 'utf8').catch(
    (error: unknown) => codeOf(error) ?? 'unreadable',
  );
  const major = majorOf(binaries.version);
  if (version.trim() === major) return true;
  if (!/^\d+(\.\d+)?$/.test(version.trim())) {
    throw new MirrorError(
      'embedded-failed',
      `${place.data} is not a data folder of Postgres (PG_VERSION: ${version}).`,
      'Move it away to start empty and backfill, or put the right folder in its place.',
    );
  }
  throw new MirrorError(
    'embedded-version',
    `The data in ${place.data} was made by Postgres ${version.trim()}, the embedded Postgres is ${major}.`,
    `Start the version of clerk-mirror that made it and dump the database, or remove ${place.data} to start empty and backfill.`,
  );
}

function ownedByOther(data: string, uid: number): MirrorError {
  return new MirrorError(
    'embedded-failed',
    `The data of the embedded Postgres in ${data} belongs to another user (uid ${uid}).`,
    'Start clerk-mirror as the user who started it before (or as root), or use another folder.',
  );
}

/** What a killed start left: nobody else can be at it, since the start lock is ours. */
async function clearLeftOvers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('data.draft-')) continue;
    // An initdb that outlived its service may still write there; it fails then, and the next start removes the rest.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function handOver({ place }: Cluster, paths: string[]): Promise<void> {
  if (place.account === undefined) return;
  for (const path of paths) await chown(path, place.account.uid, place.account.gid);
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
