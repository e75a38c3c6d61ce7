// A program that tests need and npm does not bring: found on PATH, or installed from Debian where that may be done.

import * as words from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Its package, and what it may be called; the first that is there is taken. */
const packages = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  nginx: ['nginx'],
  caddy: ['caddy'],
  pgbouncer: ['pgbouncer'],
  openssl: ['openssl'],
  prometheus: ['prometheus'],
} as const;
export type DebianPackage = keyof typeof packages;

/**
 * The words of a test file that needs programs. Where one is missing and cannot be installed its tests are skipped, which
 * Jest tells, with the line that installs it; where CI is set that is a failure.
 */
export function testsWith(...needed: readonly DebianPackage[]): Pick<typeof words, 'describe' | 'test'> {
  const { describe, test } = words;
  try {
    for (const each of needed) debianProgram(each);
    return { describe, test };
  } catch (error) {
    if ((process.env.CI ?? '') !== '' || !(error instanceof Error)) throw error;
    console.warn(`SKIPPED: ${error.message}`);
    return { describe: describe.skip as typeof describe, test: test.skip as unknown as typeof test };
  }
}

/** -> its path. Errors: it is not there and could not be installed, and how it would be. */
export function debianProgram(debian: DebianPackage, names: readonly string[] = packages[debian]): string {
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
  // Where servers are is on the PATH of root only.
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin'];
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
    // Another test file may be at it just now, and the lists of packages have a lock that apt-get does not wait for.
    execFileSync(
      'flock',
      [join(tmpdir(), 'clerk-mirror-apt.lock'), 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', ...args],
      {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
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
