// What the system knows of a process: its children, so that a server is killed with all its sessions at one moment, and its memory.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export function childrenOf(pid: number): number[] {
  return parents()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}

function parents(): [pid: number, parent: number][] {
  if (process.platform === 'linux') return linuxParents();
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

function linuxParents(): [pid: number, parent: number][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        // The name in parentheses may hold anything: fields are counted after its end.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [[Number(name), Number(fields[1])] satisfies [number, number]];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

/** Resident memory of a process in MB; undefined where the system does not tell. */
export function residentMb(pid: number): number | undefined {
  try {
    const kilobytes =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return Number(kilobytes) > 0 ? Number(kilobytes) / 1024 : undefined;
  } catch {
    return undefined;
  }
}

/** Kills what is still there; a process that ended by itself is none of our business. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended.
  }
}
