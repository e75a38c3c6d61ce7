// The package as its users have it: built, packed by npm, unpacked into a node_modules of its own, without a network.

import { spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
/** The Node that runs the tests. */
export const node = process.execPath;

export interface InstalledPackage {
  /** Holds `node_modules`, and whatever program a test puts beside it. */
  readonly folder: string;
  readonly tarball: string;
  /** Where it lies in `node_modules`. */
  readonly place: string;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** `more`: packages of the checkout that the program around it has installed. */
export async function installPackage(...more: string[]): Promise<InstalledPackage> {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'installed-'));
  const tarball = await pack(folder);
  const modules = join(folder, 'node_modules');
  for (const name of closure([...dependenciesOf(join(root, 'package.json'), 'dependencies'), ...more]))
    link(join(root, 'node_modules', name), join(modules, name));
  const place = join(modules, 'clerk-mirror');
  mkdirSync(place);
  await ended(spawn('tar', ['-xzf', tarball, '-C', place, '--strip-components=1']));
  return { folder, tarball, place };
}

/** `npm pack` on a copy of what it reads, its build included: a dist/ that others use or changed stays as it is. */
async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'checkout');
  const read = [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ];
  // Also what must not end in it.
  for (const name of [
    ...read,
    'src',
    'migrations',
    'testbed',
    '.env.example',
    'jest.config.js',
    'test/types',
    'docs',
    'examples',
  ])
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !path.endsWith('.next'),
    });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Under `npm test` this is npm's own script; Node's folder goes first, as npm does it.
  const npm = process.env.npm_execpath;
  const [command, before] = npm?.endsWith('.js') === true ? [process.execPath, [npm]] : ['npm', []];
  const args = [...before, 'pack', '--offline', '--silent', '--pack-destination', folder];
  await ended(spawn(command, args, { cwd: copy }));
  const [name] = readdirSync(folder).filter((each) => each.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack made no tarball');
  return join(folder, name);
}

/** A program of examples/ beside the installed package. -> its folder */
export function copyExample({ folder }: InstalledPackage, name: string): string {
  const place = join(folder, name);
  cpSync(join(root, 'examples', name), place, {
    recursive: true,
    filter: (path) => !/[\\/](?:node_modules|\.next|\.env|\.env\.local)$/.test(path),
  });
  return place;
}

/** Runs Node to its end; it inherits nothing but PATH. */
export function run(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return watch(spawn(node, args, { cwd, env: { PATH: process.env.PATH, ...env } }));
}

/** Fails with what it said when it fails. */
async function ended(child: ChildProcess): Promise<void> {
  expectDone(await watch(child));
}

export function expectDone({ code, output }: Ended): void {
  if (code !== 0) throw new Error(`ended with ${code ?? 'a signal'}:\n${output}`);
}

function watch(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject).once('close', (code) => {
      resolve({ code, output });
    });
  });
}

type Kind = 'dependencies' | 'optionalDependencies' | 'peerDependencies';

function dependenciesOf(manifest: string, ...kinds: Kind[]): string[] {
  const all = JSON.parse(readFileSync(manifest, 'utf8')) as Partial<Record<Kind, Record<string, string>>>;
  return kinds.flatMap((kind) => Object.keys(all[kind] ?? {}));
}

/** These packages and all that they need, as far as they are installed here. */
function closure(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const manifest = join(root, 'node_modules', name, 'package.json');
    if (found.has(name) || !existsSync(manifest)) return;
    found.add(name);
    dependenciesOf(manifest, 'dependencies', 'optionalDependencies', 'peerDependencies').forEach(visit);
  };
  names.forEach(visit);
  return found;
}

/** Hard links: bundlers refuse symbolic ones that lead out of the program, and a copy takes long. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) link(source, target);
    else if (entry.isFile()) linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
