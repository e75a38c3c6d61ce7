// Which process, beyond its number: numbers are used again, so a mark also carries when the process started.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeOf } from '../../platform/errors.ts';

export interface ProcessMark {
  readonly pid: number;
  /** Empty where the system does not tell it; the number alone counts then. */
  readonly started: string;
}

/** The mark of a living process; a zombie, which only waits for its parent, is dead. */
export function markOf(pid: number): ProcessMark | undefined {
  if (!answersSignals(pid)) return undefined;
  if (process.platform === 'linux') return linuxMark(pid);
  if (process.platform === 'win32') return { pid, started: '' };
  return psMark(pid);
}

export function lives(mark: ProcessMark): boolean {
  const now = markOf(mark.pid);
  if (now === undefined) return false;
  return now.started === mark.started || now.started === '' || mark.started === '';
}

export function parseMark(text: string): ProcessMark | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProcessMark> | null;
    if (typeof value?.pid !== 'number' || typeof value.started !== 'string') return undefined;
    return { pid: value.pid, started: value.started };
  } catch {
    return undefined;
  }
}

export function answersSignals(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function linuxMark(pid: number): ProcessMark | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // /proc may hide other users' processes; it answered the signal, so it lives – unless it ended meanwhile.
    return answersSignals(pid) ? { pid, started: '' } : undefined;
  }
  // The name in parentheses may hold spaces and parentheses itself: fields are counted after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, started: `${bootId()}:${fields[19] ?? ''}` };
}

function psMark(pid: number): ProcessMark | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : { pid, started: line.replace(/^\S+\s+/, '') };
  } catch {
    return answersSignals(pid) ? { pid, started: '' } : undefined;
  }
}

let knownBootId: string | undefined;

/** Start times count from the boot: after a reboot the same number may name another process. */
function bootId(): string {
  try {
    knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    knownBootId = '';
  }
  return knownBootId;
}
