// The server that runs on a data folder, by Postgres's own postmaster.pid; a file left by a dead one counts for nothing.

import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RunningServer } from './cluster.ts';
import { answersSignals, lives, markOf, type ProcessMark } from './process-mark.ts';

export interface Postmaster extends RunningServer {
  readonly mark: ProcessMark;
  /** False while it starts, recovers or shuts down. */
  readonly ready: boolean;
}

export const pidFile = (data: string): string => join(data, 'postmaster.pid');

export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(pidFile(data), 'utf8').catch(() => '')).split('\n');
  const mark = markOf(Number(lines[0]));
  if (mark === undefined || !isPostmasterOf(mark.pid, data)) return undefined;
  return { pid: mark.pid, port: Number(lines[3]), mark, ready: lines[7]?.trim() === 'ready' };
}

/**
 * Whether the number in a pid file that outlived its server still answers: another process has it by now, or nobody
 * collected the dead server (a container's first process often collects nothing). Postgres would take either for a server.
 */
export async function isMisleading(data: string): Promise<boolean> {
  const [first] = (await readFile(pidFile(data), 'utf8').catch(() => '')).split('\n');
  return answersSignals(Number(first)) && (await findPostmaster(data)) === undefined;
}

export function isRunning(server: Postmaster): boolean {
  return lives(server.mark);
}

function isPostmasterOf(pid: number, data: string): boolean {
  if (process.platform === 'win32') return isPostgresOnWindows(pid);
  const args = argumentsOf(pid);
  const at = args.indexOf('-D');
  // Sessions are titled `postgres: …` and work in the data folder as well; they are not the server.
  if (!args[0]?.endsWith('postgres')) return false;
  return folderOf(pid) === data || (at > 0 && resolve(args[at + 1] ?? '') === data);
}

function argumentsOf(pid: number): string[] {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const line = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [, command, folder] = /^(.*?postgres) -D (.*?)(?: -[a-z] |$)/.exec(line) ?? [];
    return command === undefined || folder === undefined ? [] : [command, '-D', folder];
  } catch {
    return [];
  }
}

/** Postgres works in its data folder, also when that was renamed under it. */
function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function isPostgresOnWindows(pid: number): boolean {
  try {
    const filter = ['/FI', `PID eq ${pid}`, '/NH'];
    return execFileSync('tasklist', filter, { encoding: 'utf8', windowsHide: true }).includes('postgres');
  } catch {
    return true;
  }
}
