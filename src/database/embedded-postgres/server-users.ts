// The processes that use the server now: the last one to leave stops it. The dead do not count.

import { randomBytes } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lives, markOf, parseMark } from './process-mark.ts';

/** Takes a seat: a file named by the process, so that a process may use the server twice. Call with the start lock held. */
export async function takeSeat(folder: string): Promise<string> {
  const seat = join(folder, `${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(seat, JSON.stringify(markOf(process.pid)), { flag: 'wx' });
  return seat;
}

/** How many seats are taken by the living; clears those of the dead away. */
export async function countSeats(folder: string): Promise<number> {
  let living = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const mark = parseMark(await readFile(path, 'utf8').catch(() => ''));
    // A seat without content is one whose taker was killed, or the disk filled, while it was written.
    if (lives(mark ?? { pid: Number.parseInt(name, 10), started: '' })) living += 1;
    else await rm(path, { force: true });
  }
  return living;
}
