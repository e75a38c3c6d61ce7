// The shape of src/ and testbed/, over their real imports: they point down, know no neighbour, make no circle; and who may touch what.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { projections } from '../../src/projections/index.ts';

/** From the top. A name is a folder of src/, or a file directly in it; testbed/ stands beside src/. */
const layers: readonly (readonly string[])[] = [
  ['main', 'cli', 'index', 'testing'],
  ['commands'],
  ['testbed'],
  ['run-service'],
  ['run-sync'],
  ['serve', 'mount'],
  ['run-handlers', 'background'],
  ['app'],
  ['http', 'operator'],
  ['sync'],
  ['intake', 'retention'],
  ['apply'],
  ['inbox', 'projections', 'handlers'],
  ['clerk', 'database'],
  ['platform'],
];

const root = fileURLToPath(new URL('../../', import.meta.url));
const sourceFolder = join(root, 'src');

interface SourceFile {
  /** Relative to src/, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Every module it names: import, export … from, import(), import types; as written. */
  readonly specifiers: readonly string[];
}

const files = filesOf('src');
/** Their paths begin with `../testbed/`: relative to src/, as all paths here. */
const testbedFiles = filesOf('testbed');

function filesOf(folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((found) => {
      const text = readFileSync(join(root, folder, found), 'utf8');
      const path = relative(sourceFolder, join(root, folder, found)).replaceAll('\\', '/');
      return { path, text, specifiers: specifiersIn(path, text) };
    });
}

function specifiersIn(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && namesModule(node.expression)
            ? node.arguments[0]
            : undefined;
    if (named !== undefined) found.push(ts.isStringLiteralLike(named) ? named.text : named.getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

function namesModule(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword ||
    ['require', 'import.meta.resolve'].includes(callee.getText())
  );
}

/** The files of src/ that a file imports; what lies outside src/ starts with `../`. */
function imports({ path, specifiers }: SourceFile): string[] {
  return specifiers
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(sourceFolder, join(sourceFolder, dirname(path), name)).replaceAll('\\', '/'));
}

/** `http` of `http/webhook-route.ts`, `main` of `main.ts`, `testbed` of `../testbed/random.ts`. */
const part = (path: string): string =>
  path
    .replace(/^\.\.\//, '')
    .split('/')[0]!
    .replace(/\.ts$/, '');
const layerOf = (path: string): number => layers.findIndex((names) => names.includes(part(path)));

/** The package of a module's name: `svix` of `svix/dist/webhook.js`. */
const packageOf = (name: string): string => name.split('/', name.startsWith('@') ? 2 : 1).join('/');
const importersOf = (...packages: string[]): string[] =>
  files
    .filter(({ specifiers }) => specifiers.some((name) => packages.includes(packageOf(name))))
    .map(({ path }) => path);

/** The string and template texts of a file: SQL, but neither comments nor code. */
function textsIn({ path, text }: SourceFile): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node)) texts.push(node.getText());
    else if (ts.isStringLiteralLike(node)) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return texts;
}

const codeOf = ({ path, text }: SourceFile): string =>
  ts
    .createPrinter({ removeComments: true })
    .printFile(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));

describe('the dependency rule', () => {
  test('is about every file', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter(({ path }) => layerOf(path) === -1).map(({ path }) => path)).toEqual([]);
  });

  test('every relative import is a file that is there, or the migrations', () => {
    const known = new Set([...files, ...testbedFiles].map(({ path }) => path));
    const astray = [...files, ...testbedFiles].flatMap((file) =>
      imports(file)
        .filter((target) => !known.has(target))
        .map((target) => `${file.path} -> ${target}`),
    );
    expect(astray).toEqual(['database/migrate.ts -> ../migrations/index.ts']);
  });

  test('the migrations, which database/ imports, import nothing of src/', () => {
    const folder = join(root, 'migrations');
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const upwards = names.flatMap((name) =>
      specifiersIn(name, readFileSync(join(folder, name), 'utf8'))
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => relative(folder, join(folder, dirname(name), specifier)).startsWith('..'))
        .map((specifier) => `${name} -> ${specifier}`),
    );
    expect(upwards).toEqual([]);
  });

  test('imports point downwards or stay in their folder; what is on one line does not know each other', () => {
    const wrong = [...files, ...testbedFiles].flatMap((file) =>
      imports(file)
        .filter((target) => !target.startsWith('../migrations/'))
        .filter((target) => part(target) !== part(file.path) && layerOf(target) <= layerOf(file.path))
        .map((target) => `${file.path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only commands/ imports testbed/, and only when a command runs', () => {
    const importers = files.filter((file) => imports(file).some((target) => part(target) === 'testbed'));
    expect(importers.map(({ path }) => part(path))).toEqual(importers.map(() => 'commands'));
    const atStart = importers.filter(({ text }) => /^import(?! type)[^;]*\/testbed\//m.test(text));
    expect(atStart.map(({ path }) => path)).toEqual([]);
  });

  test('there is no circle, not even of types', () => {
    expect(circles()).toEqual([]);
  });

  test('what is below the entry points knows no framework', () => {
    const below = [
      'platform/',
      'database/',
      'clerk/',
      'inbox/',
      'projections/',
      'apply/',
      'intake/',
      'retention/',
    ];
    expect(
      importersOf('express', 'commander', 'body-parser').filter((path) =>
        below.some((each) => path.startsWith(each)),
      ),
    ).toEqual([]);
  });
});

describe('who may touch what', () => {
  test('express and body-parser: http/ and operator/', () => {
    const importers = importersOf('express', 'body-parser');
    expect(importers.filter((path) => !/^(?:http|operator)\//.test(path))).toEqual([]);
    expect(importers).toContain('http/public-app.ts');
  });

  test('svix: clerk/verify.ts', () => {
    expect(importersOf('svix', 'standardwebhooks')).toEqual(['clerk/verify.ts']);
  });

  test('process.env: platform/config.ts', () => {
    const readers = files.filter((file) =>
      /\bprocess\s*\.\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(codeOf(file)),
    );
    const named = files.filter(({ text }) =>
      /import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*['"](?:node:)?process['"]/.test(text),
    );
    expect([...readers, ...named].map(({ path }) => path)).toEqual(['platform/config.ts']);
  });

  const mirroredTables = projections.flatMap(({ table, childSets }) => [
    table,
    ...childSets.map((set) => set.table),
  ]);
  const writers = files.filter(
    (file) =>
      textsIn(file).some(writesSql) || /\.(?:insert|upsert|del|batchInsert|onConflict)\(/.test(codeOf(file)),
  );

  test('SQL that writes: apply/ and retention/ for mirrored rows, inbox/ for its messages, handlers/ for their runs, sync/ and operator/ for their own', () => {
    const paths = writers.map(({ path }) => path);
    expect(paths.filter((path) => !/^(?:inbox|handlers|apply|retention)\//.test(path))).toEqual([
      'operator/deeds/deeds.ts',
      'operator/pulse/pulse.ts',
      'sync/instance.ts',
      'sync/stop-run.ts',
      'sync/sync-runs.ts',
    ]);
    expect(paths).toContain('inbox/put-messages.ts');
  });

  test('of sync/ sync-runs.ts and stop-run.ts write sync_runs, instance.ts mirror_instance; of operator/ each its own, by SQL that names them', () => {
    const written = Object.fromEntries(
      writers
        .filter(({ path }) => /^(?:sync|operator)\//.test(path))
        .map((file) => [file.path, [...new Set(textsIn(file).flatMap(writtenTables))]]),
    );
    expect(written).toEqual({
      'sync/instance.ts': ['"${schema}".mirror_instance'],
      'sync/sync-runs.ts': ['"${schema}".sync_runs'],
      'sync/stop-run.ts': ['"${database.schema}".sync_runs'],
      'operator/deeds/deeds.ts': ['"${database.schema}".operator_deeds'],
      'operator/pulse/pulse.ts': ['"${schema}".service_processes', '"${schema}".activity_minutes'],
    });
  });

  test('inbox/ and handlers/ name no mirrored table, and apply/ none of theirs; retention/ removes from both', () => {
    expect(mirroredTables.length).toBeGreaterThanOrEqual(22);
    const wrong = writers
      .filter(({ path }) => !path.startsWith('retention/'))
      .flatMap((file) => {
        const others = file.path.startsWith('apply/') ? ['inbox_messages', 'handler_runs'] : mirroredTables;
        const texts = textsIn(file).join('\n');
        return others
          .filter((table) => new RegExp(`\\b${table}\\b`).test(texts))
          .map((table) => [file.path, table]);
      });
    expect(wrong).toEqual([]);
  });

  test.each([
    ['insert into "clerk".users (id) values ($1)', true],
    ['insert into ?? (id) values (?)', true],
    ['insert into ', true],
    ['with a as (select 1) delete from ${table} as row using written', true],
    ['update ${inbox} as message set attempts = attempts + 1', true],
    ['UPDATE users\nSET id = 1', true],
    ['truncate table users', true],
    ['merge into users using incoming', true],
    ['select updated_at from users', false],
    ['on conflict (id) do update set a = 1', false],
    ['bring the schema up to date, and end', false],
    ['for no key update', false],
  ])('what counts as writing: %s', (sql, expected) => {
    expect(writesSql(sql)).toBe(expected);
  });
});

function writesSql(text: string): boolean {
  return writtenTables(text).length > 0;
}

/** What a text writes to, as it is written there: `"${schema}".sync_runs`. */
function writtenTables(text: string): string[] {
  const target = String.raw`(?<table>["$\w{}.]+)`;
  const writes = [
    String.raw`(?:insert\s+into|delete\s+from|merge\s+into|truncate\s+table)\s+(?<table>[^\s(]*)`,
    String.raw`copy\s+${target}\s+from\b`,
    String.raw`truncate\s+(?<table>["$]\S*)`,
    String.raw`update\s+(?:only\s+)?${target}\s+(?:(?:as\s+)?\w+\s+)?set\b`,
  ];
  return writes.flatMap((write) =>
    Array.from(text.matchAll(new RegExp(String.raw`\b${write}`, 'gi')), (found) => found.groups?.table ?? ''),
  );
}

describe('files', () => {
  test('are named by what they are', () => {
    expect(
      files.filter(({ path }) => /(?:^|\/|-)(?:utils?|helpers?|common|managers?)(?:[-./]|$)/.test(path)),
    ).toEqual([]);
    expect(
      files
        .map(({ path }) => path)
        .filter((path) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(path)),
    ).toEqual([]);
  });

  test('have 250 lines at most', () => {
    const long = files
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 250);
    expect(long).toEqual([]);
  });

  test('say in their first line what they are for', () => {
    const mute = files.filter(({ text }) => !/^\/[/*]\s?\S/.test(text.replace(/^#!.*\n/, '')));
    expect(mute.map(({ path }) => path)).toEqual([]);
  });
});

/** Every circle of imports once, as the files on it. */
function circles(): string[] {
  const all = [...files, ...testbedFiles];
  const targets = new Map(all.map((file) => [file.path, imports(file)]));
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) found.push([...trail.slice(at), path].join(' -> '));
    if (at !== -1 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of all) visit(path, []);
  return found;
}
