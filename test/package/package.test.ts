// The package that npm would publish: packed for real, then imported, compiled against and run from a node_modules of its own.

import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrations } from '../../migrations/index.ts';
import { createDatabase, type TestDatabase } from '../support/cluster.ts';
import {
  installPackage,
  root,
  run,
  type Ended,
  type InstalledPackage,
} from '../support/installed-package.ts';
import { testSecret } from '../support/mirror.ts';

let installed: InstalledPackage;
let database: TestDatabase;
/** Every file of the package, with `/`. */
let paths: readonly string[];
const cli = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  run(installed.folder, ['node_modules/clerk-mirror/dist/src/cli.js', ...args], env);
const tool = (name: string, ...args: string[]): Promise<Ended> =>
  run(installed.folder, [join(root, 'node_modules', name), ...args], { NO_COLOR: '1' });

beforeAll(async () => {
  installed = await installPackage('typescript', '@types/node');
  paths = readdirSync(installed.place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed.place, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  database = await createDatabase();
}, 120_000);
afterAll(() => database.drop());

describe('what is in it', () => {
  test('the compiled program, its types, and the papers; nothing else', () => {
    const others = paths.filter(
      (path) =>
        !/^dist\/src\/operator\/assets\/[\w.-]+\.(?:css|js|svg)$/.test(path) &&
        !/^dist\/(?:src|migrations|testbed)\/[\w/-]+(?:\.d)?\.(?:js|ts)$/.test(path),
    );
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(paths.filter((path) => /(?:^|\/)(?:test|tests|fixtures|bench|faults)\//.test(path))).toEqual([]);
    expect(paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  test('every migration, every entry of exports, and each file with its types', () => {
    expect(paths).toEqual(
      expect.arrayContaining([...migrations.keys()].map((name) => `dist/migrations/${name}.js`)),
    );
    // The browser's own is given out as it is.
    const scripts = paths.filter((path) => path.endsWith('.js') && !path.includes('/assets/'));
    expect(paths).toContain('dist/src/operator/assets/page.js');
    expect(paths).toEqual(expect.arrayContaining(scripts.map((path) => path.replace(/\.js$/, '.d.ts'))));
    expect(scripts).toEqual(
      expect.arrayContaining(['dist/src/index.js', 'dist/src/testing.js', 'dist/src/main.js']),
    );
  });

  test('the command can be executed', () => {
    expect(statSync(join(installed.place, 'dist/src/cli.js')).mode & 0o111).toBe(0o111);
    expect(text('dist/src/cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('no path of the machine that built it, and no import of a source file', () => {
    for (const path of paths) {
      expect({ path, names: text(path).includes(root.replace(/\/$/, '')) }).toEqual({ path, names: false });
      if (path.endsWith('.js')) expect(text(path)).not.toMatch(/^\s*(?:import|export)\b.*from '\..*\.ts';/m);
    }
  });
});

const text = (path: string): string => readFileSync(join(installed.place, path), 'utf8');

describe('judged by others', () => {
  test('publint', async () => {
    const { code, output } = await tool('publint/src/cli.js', 'run', installed.tarball, '--strict');
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('All good!') });
  });

  test('are the types wrong?', async () => {
    const { code, output } = await tool(
      '@arethetypeswrong/cli/dist/index.js',
      ...[
        installed.tarball,
        '--profile',
        'esm-only',
        '--format',
        'table-flipped',
        '--no-emoji',
        '--no-color',
      ],
    );
    // Both entries, for both ways in which a program that is ESM asks for them.
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /"clerk-mirror" +│ OK \(ESM\) +│ OK [^]*"clerk-mirror\/testing" +│ OK \(ESM\) +│ OK /,
      ),
    });
  });
});

describe('used', () => {
  test('imported by plain JavaScript: what is promised is there, nothing is printed, nothing keeps the program alive', async () => {
    const program = join(installed.folder, 'program.mjs');
    writeFileSync(
      program,
      `import * as all from 'clerk-mirror';
      import * as testing from 'clerk-mirror/testing';
      const names = (module) => Object.entries(module).map(([name, value]) => name + ' ' + typeof value).sort();
      const handler = Object.keys(all.createWebhookHandler()).sort();
      console.log(JSON.stringify({ all: names(all), testing: names(testing), handler }));`,
    );
    const { code, output } = await run(installed.folder, [program]);
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 0, lines: 1 });
    expect(JSON.parse(output)).toEqual({
      all: [
        'MirrorError function',
        'WebhookError function',
        'createWebhookHandler function',
        'defineHandlers function',
        'eventTypes object',
        'isEventType function',
        'verifyWebhook function',
      ],
      testing: ['runHandler function', 'signedEvent function', 'testingSecret string'],
      handler: ['close', 'express', 'fetch', 'node', 'ready'],
    });
  });

  test('a handler that cannot start says so to those who ask, and prints nothing', async () => {
    const program = join(installed.folder, 'silent.mjs');
    writeFileSync(
      program,
      `import { createWebhookHandler, MirrorError } from 'clerk-mirror';
      const handler = createWebhookHandler();
      const error = await handler.ready().catch((error) => error);
      const { status } = await handler.fetch(new Request('http://x/', { method: 'POST' }));
      process.exitCode = error instanceof MirrorError && status === 503 ? 7 : 1;`,
    );
    expect(await run(installed.folder, [program])).toEqual({ code: 7, output: '' });
  });

  test('compiled against, with the strictest settings and the types of nobody else', async () => {
    const folder = join(installed.folder, 'typed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = {
      ...{
        target: 'es2024',
        module: 'nodenext',
        types: ['node'],
        noEmit: true,
        skipLibCheck: false,
        strict: true,
      },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
      ...{ noPropertyAccessFromIndexSignature: true, isolatedModules: true, noImplicitOverride: true },
      ...{ noUnusedLocals: true, noUnusedParameters: true, noImplicitReturns: true },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    writeFileSync(join(folder, 'program.ts'), readFileSync(join(root, 'test/types/package-user.ts')));
    const compiled = await run(folder, ['../node_modules/typescript/bin/tsc', '-p', '.']);
    expect(compiled).toEqual({ code: 0, output: '' });
  }, 60_000);

  test('as a command: it migrates an empty database', async () => {
    const help = await cli(['--help']);
    expect(help).toMatchObject({ code: 0, output: expect.stringContaining('Usage: clerk-mirror') });
    const settings = { DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret, NODE_ENV: 'production' };
    const migrated = await cli(['migrate'], settings);
    expect({ code: migrated.code, output: migrated.output }).toMatchObject({ code: 0 });
    expect(migrated.output).toContain([...migrations.keys()].at(-1));
  });

  test('as a command: the demo finds its made-up tenant in the package', async () => {
    const settings = { DATABASE_URL: database.url, WEBHOOK_SECRET: testSecret };
    const ended = await cli(['demo', '--events', '300', '--seed', 'two'], settings);
    expect(ended).toEqual({ code: 0, output: expect.stringContaining('The tables equal Clerk.') });
  });
});
