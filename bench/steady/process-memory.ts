// Memory that a process and all below it hold now, as Linux tells it: shared pages once, so that ten sessions of Postgres
// do not count its buffers ten times.

import { readFile } from 'node:fs/promises';

/** MB; undefined where the system does not tell. */
export async function residentMb(root: number): Promise<number | undefined> {
  const all = await Promise.all((await treeOf(root)).map(memoryOf));
  if (all.every(({ own }) => own === 0)) return undefined;
  const own = all.reduce((sum, each) => sum + each.own, 0);
  const shared = Math.max(...all.map((each) => each.shared));
  const files = Math.max(...all.map((each) => each.files));
  return (own + shared + files) / 1024;
}

async function treeOf(root: number): Promise<number[]> {
  // Each thread has children of its own.
  const text = await readFile(`/proc/${root}/task/${root}/children`, 'utf8').catch(() => '');
  const children = text.split(' ').filter((each) => each.trim() !== '');
  return [root, ...(await Promise.all(children.map((child) => treeOf(Number(child))))).flat()];
}

async function memoryOf(pid: number): Promise<{ own: number; shared: number; files: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { own: kilobytes('RssAnon'), shared: kilobytes('RssShmem'), files: kilobytes('RssFile') };
}
