// A program that tests need and npm does not bring: found on PATH, or installed from Debian where that may be done.

import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface DebianProgram {
  /** Of its package. */
  readonly debian: string;
  /** What it may be called; the first that is there is taken. */
  readonly names: readonly string[];
}

/** -> its path. Errors: it is not there and could not be installed, and how it would be. A test is never skipped for it. */
export function debianProgram({ debian, names }: DebianProgram): string {
  const found = onPath(names);
  if (found !== undefined) return found;
  const reason = install(debian);
  const installed = onPath(names);
  if (installed !== undefined) return installed;
  throw new Error(
    `${debian} is not installed (none of ${names.join(', ')} is on PATH), and ${reason}. On Debian and Ubuntu: apt-get install ${debian}`,
  );
}

function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** -> why it is not there now, should it not be. */
function install(debian: string): string {
  if (onPath(['apt-get']) === undefined) return 'there is no apt-get to install it with';
  if (process.getuid?.() !== 0) return 'only root may install it';
  const apt = (...args: string[]): void => {
    // Another test file may be at it just now.
    execFileSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  const installIt = (): void => {
    apt('install', '-y', '--no-install-recommends', debian);
  };
  try {
    try {
      installIt();
    } catch {
      // The lists of packages are old, or were never fetched.
      apt('update');
      installIt();
    }
    return 'apt-get has installed something else';
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}
