// A throw-away copy of what the property needs, in which one text of src/ is replaced.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['package.json', 'src', 'migrations', 'testbed', 'test/property', 'test/support'];

export interface Copy {
  readonly folder: string;
  /** -> takes the mutation back. Errors: the text to replace is not there exactly once. */
  mutate(mutant: Mutant): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export async function copyProject(): Promise<Copy> {
  const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'mutant-'));
  for (const path of copied) await cp(join(root, path), join(folder, path), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return {
    folder,
    async mutate({ name, file, from, to }) {
      const path = join(folder, 'src', file);
      const original = await readFile(path, 'utf8');
      const parts = original.split(from);
      if (parts.length !== 2)
        throw new Error(`mutant "${name}": its text stands ${parts.length - 1} times in src/${file}`);
      await writeFile(path, parts.join(to));
      return () => writeFile(path, original);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface SoakResult {
  readonly code: number | null;
  readonly output: string;
}

/** The long run as a process of its own, in the copy, on the cluster of this run. */
export function soakIn(folder: string, args: readonly string[], clusterUrl: string): Promise<SoakResult> {
  const node = join(root, 'node_modules', '.bin', 'node');
  const child = spawn(node, [join('test', 'property', 'soak.ts'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATABASE_URL: clusterUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 100_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}
