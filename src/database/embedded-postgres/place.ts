// Where the data lives: in the home folder, or, when only root may enter that, in a place Postgres can reach too.

import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, MirrorError } from '../../platform/errors.ts';
import { canReach, findServerAccount, isRoot, ownerOf, type Account } from './server-account.ts';

export interface Place {
  /** The folder around `data`. */
  readonly folder: string;
  readonly data: string;
  /** The account that Postgres runs under when it is not our own. */
  readonly account: Account | undefined;
}

/** Remembers a place outside the home; the place names its home in turn, so that a copied home is not mistaken for it. */
const pointerFile = 'place';
const homeFile = 'home';

/** Call with the start lock held: it may create the place. */
export async function choosePlace(home: string): Promise<Place> {
  const known = await knownPlace(home);
  if (!isRoot()) return placeAt(known ?? home, undefined);

  const owner = known === undefined ? undefined : await unprivilegedOwner(join(known, 'data'));
  const account = owner ?? (await findServerAccount());
  if (known !== undefined && (await canReach(account, known))) {
    if (known !== home) await writeFile(join(known, homeFile), home);
    return placeAt(known, account);
  }
  if (known !== undefined) throw outOfReach(known, account);
  if (await canReach(account, home)) return placeAt(home, account);

  return placeAt(await newPlace(home), account);
}

/** The place that already holds this home's data, if any does. */
export async function knownPlace(home: string): Promise<string | undefined> {
  const pointer = (await readFile(join(home, pointerFile), 'utf8').catch(() => '')).trim();
  if (pointer !== '') {
    const owner = (await readFile(join(pointer, homeFile), 'utf8').catch(() => '')).trim();
    const others =
      owner === '' || owner === home ? '' : await readFile(join(owner, pointerFile), 'utf8').catch(() => '');
    if ((await exists(pointer)) && others.trim() !== pointer) return pointer;
  }
  return (await exists(join(home, 'data'))) ? home : undefined;
}

/** A folder that any account may enter and only root may change: /var/lib/clerk-mirror, else /var/tmp/clerk-mirror. */
export async function sharedFolder(): Promise<string> {
  for (const parent of ['/var/lib', '/var/tmp']) {
    const folder = join(parent, 'clerk-mirror');
    try {
      await mkdir(folder).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      const found = await lstat(folder);
      // Somebody else's folder in a place where all may write is a trap.
      if (!found.isDirectory() || found.uid !== 0) continue;
      await chmod(folder, 0o755);
      return folder;
    } catch {
      continue;
    }
  }
  throw new MirrorError(
    'embedded-failed',
    'Postgres does not run as root, and neither /var/lib/clerk-mirror nor /var/tmp/clerk-mirror can be written for it.',
    'Start clerk-mirror as an ordinary user, or set DATABASE_URL.',
  );
}

async function newPlace(home: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(home))
    .digest('hex')
    .slice(0, 16);
  const folder = join(await sharedFolder(), hash);
  // Data without a home that points to it: the home was removed to start empty. Kept, since it may be missed later.
  if (await exists(join(folder, 'data'))) await rename(folder, `${folder}.left-${Date.now()}`);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await chmod(folder, 0o755);
  await writeFile(join(folder, homeFile), home);
  await writeFile(join(home, pointerFile), folder);
  return folder;
}

async function unprivilegedOwner(data: string): Promise<Account | undefined> {
  const owner = await ownerOf(data);
  return owner?.uid === 0 ? undefined : owner;
}

function placeAt(folder: string, account: Account | undefined): Place {
  return { folder, data: join(folder, 'data'), account };
}

function outOfReach(folder: string, account: Account): MirrorError {
  return new MirrorError(
    'embedded-failed',
    `The data of the embedded Postgres is in ${folder}, which its user (${account.name}) may no longer enter.`,
    `Let other users enter that folder and those above it (chmod o+x), as it was when the data was made.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
