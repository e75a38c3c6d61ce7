// Processor time and memory of a process and all below it, as Linux tells them in /proc.

import { readdir, readFile } from 'node:fs/promises';

/** Of a clock that /proc counts in: the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Its own, in ticks: all threads, those that ended too. */
  readonly own: number;
  /** Of its children that ended, and of theirs. */
  readonly ended: number;
}

/**
 * Seconds of processor time that a process and all below it have used so far, those that ended included: whoever ends
 * leaves its time to its parent. Undefined where the system does not tell.
 */
export async function treeCpuSeconds(root: number): Promise<number | undefined> {
  const tree = await treeOf(root);
  if (tree.length === 0) return undefined;
  const own = await Promise.all(tree.map(runTime));
  return tree.reduce((sum, { ended }, index) => sum + (own[index] ?? 0) + ended / ticksPerSecond, 0);
}

/** The most that each of them ever held, summed, MB. */
export async function treePeakMemoryMb(root: number): Promise<number | undefined> {
  const tree = await treeOf(root);
  if (tree.length === 0) return undefined;
  const peaks = await Promise.all(
    tree.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    }),
  );
  return Math.round(peaks.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1024);
}

async function treeOf(root: number): Promise<Stat[]> {
  const names = await readdir('/proc').catch(() => []);
  const all = (await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(statOf))).filter(
    (stat) => stat !== undefined,
  );
  const children = Map.groupBy(all, ({ parent }) => parent);
  const below = (stat: Stat): Stat[] => [stat, ...(children.get(stat.pid) ?? []).flatMap(below)];
  return all.filter(({ pid }) => pid === root).flatMap(below);
}

async function statOf(pid: string): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name, which may hold anything: state, parent …; user and system time of its own, then of its children.
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

/** Seconds. By its threads in nanoseconds; by ticks of 10 ms where a thread of it has ended, or that is not told. */
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
