// Processor time and memory of a process and all below it, as Linux shows them in /proc. Undefined where there is no /proc.

import { readdir, readFile } from 'node:fs/promises';

/** Of the clock that /proc counts in: the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Ticks of its own threads, also of those that ended. */
  readonly own: number;
  /** Ticks of its children that ended, and of theirs. */
  readonly ended: number;
}

/** Seconds of processor time that a process and all below it used so far, those that ended included. */
export async function treeCpuSeconds(root: number | undefined): Promise<number | undefined> {
  const tree = await treeOf(root);
  if (tree.length === 0) return undefined;
  const own = await Promise.all(tree.map(runTime));
  return tree.reduce((sum, { ended }, index) => sum + (own[index] ?? 0) + ended / ticksPerSecond, 0);
}

/** MB: the most that each of the processes ever held, summed. */
export async function treePeakMemoryMb(root: number): Promise<number | undefined> {
  const tree = await treeOf(root);
  if (tree.length === 0) return undefined;
  const peaks = await Promise.all(tree.map(async ({ pid }) => (await kilobytesOf(pid, 'VmHWM'))[0] ?? 0));
  return Math.round(peaks.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1024);
}

/** MB held now. Shared pages count once: ten sessions of Postgres do not count its buffers ten times. */
export async function treeMemoryMb(root: number | undefined): Promise<number | undefined> {
  const tree = await treeOf(root);
  if (tree.length === 0) return undefined;
  const all = await Promise.all(tree.map(({ pid }) => kilobytesOf(pid, 'RssAnon', 'RssShmem', 'RssFile')));
  const own = all.reduce((sum, [anonymous = 0]) => sum + anonymous, 0);
  const most = (index: number): number => Math.max(...all.map((each) => each[index] ?? 0));
  return (own + most(1) + most(2)) / 1024;
}

async function kilobytesOf(pid: number, ...names: string[]): Promise<number[]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return names.map((name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0));
}

async function treeOf(root: number | undefined): Promise<Stat[]> {
  const names = root === undefined ? [] : await readdir('/proc').catch(() => []);
  const all = (await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(statOf))).filter(
    (stat) => stat !== undefined,
  );
  const children = Map.groupBy(all, ({ parent }) => parent);
  const below = (stat: Stat): Stat[] => [stat, ...(children.get(stat.pid) ?? []).flatMap(below)];
  return all.filter(({ pid }) => pid === root).flatMap(below);
}

async function statOf(pid: string): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name, which may contain anything: state, parent, …; user and system time of its own, then of its children.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return undefined;
  const number = (index: number): number => Number(fields[index]);
  return {
    pid: Number(pid),
    parent: number(1),
    own: number(11) + number(12),
    ended: number(13) + number(14),
  };
}

/** Seconds. By threads in nanoseconds; by ticks of 10 ms where a thread has ended, or the system does not tell. */
async function runTime({ pid, own }: Stat): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '');
      return Number(text.split(' ')[0] ?? 0);
    }),
  );
  const exact = times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e9;
  const coarse = own / ticksPerSecond;
  return exact > coarse - 1 / ticksPerSecond ? exact : coarse;
}
