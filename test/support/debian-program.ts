// Programs that some tests need and npm does not bring. A test never installs them: it says how that is done, and fails.

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each by its Debian package, with the names its program may have; the first one found is used. */
const programs = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  nginx: ['nginx'],
  caddy: ['caddy'],
  openssl: ['openssl'],
  prometheus: ['prometheus'],
  pgbouncer: ['pgbouncer'],
} as const;
export type DebianPackage = keyof typeof programs;

export const isDebianPackage = (text: string): text is DebianPackage => Object.hasOwn(programs, text);

/**
 * @param names of the program, where it is not the one that the package is named after
 * @returns its path
 * @throws Error with the line that installs it
 */
export function debianProgram(debian: DebianPackage, names: readonly string[] = programs[debian]): string {
  const found = onPath(names);
  if (found === undefined) throw new Error(missingMessage([debian]));
  return found;
}

export function missingPrograms(wanted: readonly DebianPackage[]): DebianPackage[] {
  return wanted.filter((each) => onPath(programs[each]) === undefined);
}

/** One line: what is missing, and how it is installed. */
export function missingMessage(missing: readonly DebianPackage[]): string {
  const names = missing.join(' ');
  return `Not installed: ${names}. On Debian and Ubuntu: sudo apt-get install --no-install-recommends ${names}`;
}

function onPath(names: readonly string[]): string | undefined {
  // Servers are on the PATH of root only.
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
