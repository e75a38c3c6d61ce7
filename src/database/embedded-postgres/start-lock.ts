// Who may start or stop the server now: one process at a time, also after a kill -9 of the one that held it.

import { randomBytes } from 'node:crypto';
import { link, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, MirrorError } from '../../platform/errors.ts';
import { lives, markOf, parseMark } from './process-mark.ts';

const released = 'released';
/** Longer than any start or stop that is still getting somewhere. */
const patience = 180_000;

/**
 * Locks are numbered files: the highest is the lock. Whoever finds it released, or its owner dead, creates the next
 * number, which only one process can. The highest file is never removed: removing and making one name anew would let
 * two processes that both saw a dead owner remove each other's lock.
 */
export async function withStartLock<T>(folder: string, deed: () => Promise<T>): Promise<T> {
  const number = await acquire(folder);
  try {
    return await deed();
  } finally {
    await place(folder, released, (draft) => rename(draft, join(folder, String(number))));
  }
}

async function acquire(folder: string): Promise<number> {
  const giveUpAt = Date.now() + patience;
  const mark = JSON.stringify(markOf(process.pid));
  for (;;) {
    const top = await highest(folder);
    const owner = top === 0 ? undefined : await livingOwner(join(folder, String(top)));
    if (owner === undefined) {
      if (await create(folder, top + 1, mark)) return top + 1;
    } else if (Date.now() > giveUpAt) {
      throw new MirrorError(
        'embedded-failed',
        `Process ${owner} has been starting or stopping the embedded Postgres for minutes (${folder}).`,
        `End process ${owner} if it hangs, then start again.`,
      );
    }
    await pause(20 + Math.random() * 30);
  }
}

/** The owner's mark comes with the file, at once: a kill in between must not leave a lock without owner. */
async function create(folder: string, number: number, mark: string): Promise<boolean> {
  const path = join(folder, String(number));
  try {
    await place(folder, mark, (draft) => link(draft, path));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  // A slow process may create a number that was already cleared away: a higher one is the lock then.
  if ((await highest(folder)) !== number) {
    await rm(path, { force: true });
    return false;
  }
  for (const old of await numbers(folder))
    if (old < number - 8) await rm(join(folder, String(old)), { force: true });
  return true;
}

async function place(folder: string, text: string, move: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(folder, `draft-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await move(draft);
  } finally {
    await rm(draft, { force: true });
  }
}

async function livingOwner(path: string): Promise<number | undefined> {
  const mark = parseMark(await readFile(path, 'utf8').catch(() => released));
  return mark !== undefined && lives(mark) ? mark.pid : undefined;
}

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function highest(folder: string): Promise<number> {
  return Math.max(0, ...(await numbers(folder)));
}
