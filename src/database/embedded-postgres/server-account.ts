// Postgres refuses to run as root: the account it runs under then, and what that account can reach.

import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MirrorError } from '../../platform/errors.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** An account that is already there: `postgres`, else `nobody`. initdb wants one that has an entry in passwd. */
export async function findServerAccount(passwd = '/etc/passwd'): Promise<Account> {
  const accounts = parsePasswd(await readFile(passwd, 'utf8').catch(() => ''));
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find((one) => one.name === name))
    .find(Boolean);
  if (account !== undefined) return account;
  throw new MirrorError(
    'embedded-failed',
    'Postgres does not run as root, and this machine has neither a user `postgres` nor `nobody` to run it as.',
    'Start clerk-mirror as an ordinary user, or set DATABASE_URL.',
  );
}

/** The owner of a data folder that exists runs its server, whoever made it. */
export async function ownerOf(path: string): Promise<Account | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : { name: `uid ${found.uid}`, uid: found.uid, gid: found.gid };
}

function parsePasswd(text: string): Account[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => Number.isInteger(uid) && uid > 0 && Number.isInteger(gid));
}

/** Whether the account may enter every folder on the way, and may enter or read and run what is at its end. */
export async function canReach(account: Account, path: string): Promise<boolean> {
  let at = await realpath(path).catch(() => undefined);
  if (at === undefined) return false;
  for (;;) {
    const { mode, uid, gid } = await stat(at);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (dirname(at) === at) return true;
    at = dirname(at);
  }
}
