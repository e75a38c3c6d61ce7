// What is shipped comes out the same twice, from other folders and times; and its bill of materials names what it runs with.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = ['src', 'migrations', 'testbed', 'package.json', 'package-lock.json', 'tsconfig.json'];
const others = ['tsconfig.build.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];

interface Packed {
  readonly integrity: string;
  readonly shasum: string;
  readonly entryCount: number;
}

/** A checkout of its own, packed: `npm pack` builds it first. */
function pack(time: Date): Packed {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'pack-'));
  for (const each of [...sources, ...others])
    cpSync(join(root, each), join(folder, each), { recursive: true });
  for (const file of globSync('{src,migrations,testbed}/**/*.*', { cwd: folder })) {
    // As git makes them with the usual umask: npm keeps what it finds.
    chmodSync(join(folder, file), 0o644);
    utimesSync(join(folder, file), time, time);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const text = execFileSync('npm', ['pack', '--json', '--silent'], { cwd: folder, encoding: 'utf8' });
  const [packed] = JSON.parse(text.slice(text.indexOf('['))) as Packed[];
  if (packed === undefined) throw new Error(`npm pack said nothing: ${text}`);
  return packed;
}

test('npm pack: the same archive, bit by bit', () => {
  const first = pack(new Date());
  const second = pack(new Date('2020-02-02T02:02:02Z'));
  expect(first.entryCount).toBeGreaterThan(100);
  expect(second).toEqual(first);
}, 240_000);

test('the bill of materials names all that the image installs, in the versions of the lock file, and nothing of development', () => {
  const text = execFileSync(join(root, 'deploy/sbom.sh'), {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { components } = JSON.parse(text) as {
    readonly components: readonly { readonly name: string; readonly version: string }[];
  };
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<
        string,
        { readonly version: string; readonly dependencies?: object; readonly devDependencies?: object }
      >
    >;
  };
  const own = packages[''];
  const named = components.map(({ name }) => name);
  expect(Object.keys(own?.dependencies ?? {}).length).toBeGreaterThan(10);
  expect(named).toEqual(expect.arrayContaining(Object.keys(own?.dependencies ?? {})));
  // standardwebhooks is both: svix needs it.
  const development = Object.keys(own?.devDependencies ?? {}).filter((name) => name !== 'standardwebhooks');
  expect(development.filter((name) => named.includes(name))).toEqual([]);
  const locked = new Set(
    Object.entries(packages).map(
      ([path, { version }]) => `${path.split('node_modules/').at(-1) ?? ''}@${version}`,
    ),
  );
  expect(
    components.map(({ name, version }) => `${name}@${version}`).filter((each) => !locked.has(each)),
  ).toEqual([]);
}, 60_000);
