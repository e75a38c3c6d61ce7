// A throw-away copy of what the property needs, in which one piece of src/ is replaced.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Mutant } from './mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['package.json', 'src', 'migrations', 'testbed', 'test/property', 'test/support'];

export interface Copy {
  readonly folder: string;
  /** -> restores the file. Errors: the file has no such piece or more than one, or the piece would stay as it is. */
  mutate(mutant: Mutant): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export async function copyProject(): Promise<Copy> {
  const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'mutant-'));
  for (const path of copied) await cp(join(root, path), join(folder, path), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return {
    folder,
    async mutate(mutant) {
      const path = join(folder, 'src', mutant.file);
      const original = await readFile(path, 'utf8');
      await writeFile(path, replacePiece(original, mutant));
      return () => writeFile(path, original);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `text` of the mutant's file with its piece replaced. Errors: those of `Copy.mutate`. */
function replacePiece(text: string, { name, file, piece, becomes }: Mutant): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const named = piece
    .split('.')
    .reduce<readonly ts.Node[]>((outer, part) => outer.flatMap((node) => piecesIn(node, part)), [source]);
  const variables = named.filter(
    ({ parent }) => ts.isVariableDeclaration(parent) || ts.isFunctionDeclaration(parent),
  );
  const found = variables.length > 0 ? variables : named;
  const [node] = found;
  if (node === undefined || found.length > 1)
    throw new Error(
      `mutant "${name}": src/${file} declares "${piece}" ${found.length} times, and not once. ` +
        (found.length === 0 ? 'Was it renamed?' : 'Name the declaration around it too: "outer.inner".'),
    );
  const old = node.getText();
  const replaced = ts.isBlock(node)
    ? `{ ${becomes.replaceAll('$original', () => `(() => ${old})()`)} }`
    : becomes.replaceAll('$original', () => `(${old})`);
  if (replaced === old) throw new Error(`mutant "${name}": "${piece}" in src/${file} is that already`);
  return text.slice(0, node.getStart()) + replaced + text.slice(node.end);
}

/** What a mutant replaces of the declarations inside `node` that have this name: initializers, and bodies of functions and methods. */
function piecesIn(node: ts.Node, name: string): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (each: ts.Node): void => {
    if (ts.isFunctionDeclaration(each) || ts.isMethodDeclaration(each)) {
      if (nameOf(each.name) === name && each.body !== undefined) found.push(each.body);
    } else if (
      ts.isVariableDeclaration(each) ||
      ts.isPropertyAssignment(each) ||
      ts.isPropertyDeclaration(each)
    ) {
      if (nameOf(each.name) === name && each.initializer !== undefined) found.push(each.initializer);
    }
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

function nameOf(name: ts.BindingName | ts.PropertyName | undefined): string | undefined {
  return name !== undefined && (ts.isMemberName(name) || ts.isStringLiteral(name)) ? name.text : undefined;
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
